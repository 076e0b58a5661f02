// Builds that are broken on purpose. Those that a scenario is to catch take minutes: `npm run torture -- --controls` runs them all.
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { breakProgram } from '../../torture/break-program.ts';
import { controls } from '../../torture/controls.ts';
import { startServer } from '../../torture/harness/start-server.ts';
import { openRaceWorld } from '../../torture/interleavings/open-race-world.ts';
import { MAIN } from '../support/service-process.ts';

let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

const quick = controls.filter(({ breakWorld }) => breakWorld === undefined);
const others = controls.flatMap(({ name, breakWorld }) => (breakWorld ? [{ name, breakWorld }] : []));

test.each(quick)('$name is caught by $by', { timeout: 120_000 }, async ({ attack }) => {
  const seed = Number(process.env.SEED ?? 20_261_123);
  expect(await attack({ server, seed, onProgress: () => {} })).not.toBeNull();
});

test.each(others)('$name can still be broken: what it replaces is there', async ({ breakWorld }) => {
  const { admin, close } = await openRaceWorld(server.adminUrl);
  const breakAndRemove = async (replaced: Record<string, string>) => rm(await breakProgram(MAIN[1], replaced));
  try {
    await breakWorld({ admin, services: { breakProgram: breakAndRemove } });
  } finally {
    await close();
  }
});

test('each has a name of its own', () => {
  expect(others.length).toBeGreaterThan(0);
  expect(new Set(controls.map(({ name }) => name)).size).toBe(controls.length);
});
