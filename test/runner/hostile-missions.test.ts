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
  let n = 0;
  for (let seed = SEED; plans < PLANS; seed++) {
    const history = await playHostileMissions(engine.db, seed);
    expect(history.broken, `SEED=${seed}`).toBeNull();
    plans += history.plans;
    depth = Math.max(depth, history.depth);
    n++;
  }
  console.log({ plans, depth, n });
  // They did reach as far as there are missions.
  expect(depth).toBe(3);
}, 120_000);

describe('negative controls', () => {
  const builds: [string, string, Record<string, string>][] = [
    ['a chain that may come back to its mission', 'raise_want', { 'if p_causes ? p_mission_id then': 'if false then' }],
    ['an effect that begins anew', 'causes_of', { "is distinct from 'ai'": 'is not null' }],
    [
      'an effect of which only the last cause is known',
      'causes_of',
      { "select r.data -> 'causedBy'": "select '[]'::jsonb" },
    ],
    ['missions that the AI edits are planned', 'fold_mission', { "p_actor ->> 'kind' <> 'ai' and ": '' }],
  ];
  test.each(builds)('%s is caught', async (_, name, broken) => {
    const url = new URL(inject('postgresUrl'));
    url.pathname = new URL(engine.url).pathname;
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    await breakFunction(admin, name, broken);
    if (name === 'raise_want')
      await breakFunction(admin, 'raise_input_wants', { ' and not causes ? w."missionId"': '' });
    await admin.end();
    const caught = async () => {
      for (let n = 0; n < 20; n++) {
        const { broken } = await playHostileMissions(engine.db, SEED + n);
        if (broken) return `${n}: ${broken}`;
      }
      return null;
    };
    const r = await caught();
    console.log(r);
    expect(r).not.toBeNull();
  });
});
