// Plans that do what they can to be planned again. SEED=<n> begins with another history.
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { breakFunction } from '../../torture/break-function.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { playHostileMissions } from './hostile-missions.ts';

const SEED = Number(process.env.SEED ?? 20_261_123);
const PLANS = 1_000;

let engine: TestEngine;
beforeEach(async () => {
  engine = await openTestPostgres();
});
afterEach(() => engine.close());

test(`${PLANS} plans that wake whom they can: each chain ends, and no mission is in one twice`, async () => {
  let plans = 0;
  let depth = 0;
  for (let seed = SEED; plans < PLANS; seed++) {
    const history = await playHostileMissions(engine.db, seed);
    expect(history.broken, `SEED=${seed}`).toBeNull();
    plans += history.plans;
    depth = Math.max(depth, history.depth);
  }
  // They did go on for as long as there was a mission that had not been in their chain.
  expect(depth).toBe(3);
}, 600_000);

describe('negative controls', () => {
  const builds: [string, Record<string, Record<string, string>>][] = [
    [
      'a chain that may come back to its mission',
      {
        raise_want: { 'if p_causes ? p_mission_id then': 'if false then' },
        raise_input_wants: { ' and not causes ? w."missionId"': '' },
      },
    ],
    ['an effect that begins anew', { causes_of: { "is distinct from 'ai'": 'is not null' } }],
    [
      'an effect of which only the last cause is told',
      { causes_of: { "select r.data -> 'causedBy'": "select '[]'::jsonb" } },
    ],
    ['missions that the AI edits are planned', { fold_mission: { "p_actor ->> 'kind' <> 'ai' and ": '' } }],
  ];
  test.each(builds)('%s: caught', async (_, functions) => {
    const url = new URL(inject('postgresUrl'));
    url.pathname = new URL(engine.url).pathname;
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    for (const [name, broken] of Object.entries(functions)) await breakFunction(admin, name, broken);
    await admin.end();
    let caught: string | null = null;
    for (let n = 0; n < 10 && !caught; n++) caught = (await playHostileMissions(engine.db, SEED + n)).broken;
    expect(caught, `SEED=${SEED}`).not.toBeNull();
  });
});
