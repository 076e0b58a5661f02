import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { actorSchema } from '../../src/core/log/actor.ts';
import { jsonb } from '../../src/database/statement.ts';
import { canonical } from '../core/log/histories.ts';
import { onBothEngines } from '../support/engines.ts';
import { asSuperuser, type Superuser } from './as-superuser.ts';

const ACTORS = 5_000;

/** Mostly there and a string; else of another type, empty, or absent (undefined). */
const id = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<(Json | undefined)[]>('m1', ' ', '\u{1f600}', 'null') },
  { weight: 1, arbitrary: fc.constantFrom<(Json | undefined)[]>(undefined, '', null, 1, true, ['m1'], { id: 'm1' }) },
);
const source = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<(Json | undefined)[]>('projection', 'rule', 'migration', 'mission-runner') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<(Json | undefined)[]>(undefined, '', 'Rule', 'runner', null, 1, ['rule'], { rule: 1 }),
  },
);
const kind = fc.constantFrom<(Json | undefined)[]>(undefined, null, '', 'User', 'admin', 'client', 1, ['user'], {
  kind: 'user',
});
const extra = fc.constantFrom('', 'userId', 'source', 'missionId', 'Kind', '__proto__', 'constructor', 'toString');

const ai = fc.tuple(id, id, id, id).map(([missionId, iterationId, proposalId, rationale]) => [
  ...[
    ['kind', 'ai'],
    ['missionId', missionId],
    ['iterationId', iterationId],
    ['proposalId', proposalId],
  ],
  ['rationale', rationale],
]);
const entries = fc.oneof(
  { weight: 1, arbitrary: fc.constant([['kind', 'user']]) },
  { weight: 4, arbitrary: ai },
  {
    weight: 2,
    arbitrary: source.map((name) => [
      ['kind', 'system'],
      ['source', name],
    ]),
  },
  { weight: 1, arbitrary: kind.map((name) => [['kind', name]]) },
) as fc.Arbitrary<[string, Json | undefined][]>;

const actor: fc.Arbitrary<Json> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(
        entries,
        fc.oneof(
          { weight: 3, arbitrary: fc.constant(null) },
          { weight: 1, arbitrary: fc.tuple(extra, fc.constantFrom<Json[]>('x', null, 1, {})) },
        ),
      )
      .map(([own, more]) => objectOf([...own, ...(more ? [more] : [])])),
  },
  { weight: 1, arbitrary: fc.constantFrom<Json[]>(null, 'user', '', 1, true, [], ['user'], [{ kind: 'user' }], {}) },
);

onBothEngines((engine) => {
  let superuser: Superuser;
  beforeAll(async () => {
    superuser = await asSuperuser(engine());
    await superuser.query(sql`
      create function pg_temp.accepts_actor(p_actor jsonb) returns boolean language plpgsql as $$
      begin
        perform check_actor(p_actor);
        return true;
      exception when sqlstate 'PM001' then
        return false;
      end
      $$`);
  });
  afterAll(() => superuser?.close());

  async function inSql(actors: Json[]): Promise<boolean[]> {
    const rows = await superuser.query<{ accepted: boolean }>(sql`
      select pg_temp.accepts_actor(a) as accepted
      from jsonb_array_elements(${jsonb(actors)}) with ordinality as actors (a, n) order by n`);
    return rows.map(({ accepted }) => accepted);
  }

  test('check_actor and actorSchema accept and refuse the same actors', async () => {
    const [seed] = fc.sample(fc.nat(), 1);
    const actors = fc.sample(actor, { numRuns: ACTORS, seed });
    const accepted = await inSql(actors);
    const differing = actors
      .filter((candidate, n) => actorSchema.safeParse(candidate).success !== accepted[n])
      .map(canonical);
    expect(differing.slice(0, 5), `${differing.length} actors differ with seed ${seed}`).toEqual([]);
    // Neither side of the law is tested with a handful of actors only.
    const refused = accepted.filter((verdict) => !verdict).length;
    expect(Math.min(refused, ACTORS - refused)).toBeGreaterThan(ACTORS / 5);
  });

  test.each([
    ['{"kind":"user","name":"Ann"}'],
    ['{"kind":"user","__proto__":{"kind":"ai"}}'],
    ['{"kind":"system","source":"rule","missionId":"m1"}'],
    ['{"kind":"ai","missionId":"m","iterationId":"i","proposalId":"p","rationale":"r","model":"x"}'],
  ])('both refuse what an actor of its kind does not hold: %s', async (text) => {
    expect(actorSchema.safeParse(JSON.parse(text)).success).toBe(false);
    expect(await inSql([JSON.parse(text)])).toEqual([false]);
  });

  test('no actor at all is refused', async () => {
    const [row] = await superuser.query<{ accepted: boolean }>(sql`select pg_temp.accepts_actor(null) as accepted`);
    expect(row).toEqual({ accepted: false });
  });
});

function objectOf(entries: [string, Json | undefined][]): Json {
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
