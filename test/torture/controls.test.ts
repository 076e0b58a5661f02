// Builds that are broken on purpose. Those that a scenario is to catch take minutes: `npm run torture -- --controls` runs them all.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { controls } from '../../torture/controls.ts';
import { startServer } from '../../torture/harness/start-server.ts';
import { scenarios } from '../../torture/scenarios.ts';

let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  server = await startServer();
}, 60_000);
afterAll(() => server?.stop());

const isOfScenario = (by: string) => scenarios.some(({ name }) => by.startsWith(`${name}:`));
const quick = controls.filter(({ by }) => !isOfScenario(by));

test.each(quick)('$name is caught by $by', { timeout: 120_000 }, async ({ attack }) => {
  const seed = Number(process.env.SEED ?? 20_261_123);
  expect(await attack({ server, seed, onProgress: () => {} })).not.toBeNull();
});

test('there are others, and each has a name of its own', () => {
  expect(quick.length).toBeLessThan(controls.length);
  expect(new Set(controls.map(({ name }) => name)).size).toBe(controls.length);
});
