import { expect, test } from 'vitest';
import { simulations } from '../../../torture/simulation/simulations.ts';

/** Another one at each run of the suite; SIMULATION_SEED repeats one that failed. */
const seed = Number(process.env.SIMULATION_SEED ?? 1 + Math.floor(Math.random() * 2 ** 31));

test.each(simulations)('$name: $promise', { timeout: 240_000 }, async ({ run, histories }) => {
  expect(await run(seed, histories.ci)).toMatchObject({ histories: histories.ci });
});
