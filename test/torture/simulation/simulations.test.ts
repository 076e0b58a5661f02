import { expect, test } from 'vitest';
import { simulations } from '../../../torture/simulation/simulations.ts';

/** The same at each run of the suite, which is to say what a change broke; `npm run simulate` takes another each time. */
const seed = Number(process.env.SEED ?? 20_261_123);

test.each(simulations)('$name: $promise', { timeout: 240_000 }, async ({ run, histories }) => {
  expect(await run(seed, histories.ci)).toMatchObject({ histories: histories.ci });
});
