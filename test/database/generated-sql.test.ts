// SQL that a grammar makes, over every table and view, as user B on real Postgres: none of it shows anything of user A.
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { A, type Attacker, B, CANARY, DENIED, startAttacker } from './attacker.ts';

const STATEMENTS = Number(process.env.STATEMENTS ?? 5_000);
const SEED = Number(process.env.SEED ?? 20_261_123);

let attacker: Attacker;
beforeAll(async () => {
  attacker = await startAttacker();
});
afterAll(() => attacker?.close());

/** A small grammar: whatever it makes is syntactically SQL over what there is, mostly with types that fit. */
const RELATIONS = [
  ...['user_heads', 'sync_changes', 'records', 'missions', 'model_calls', 'iterations', 'proposals', 'tasks', 'events'],
  ...['places', 'notes', 'goals', 'mission_details', 'plan_reads', 'stream_tickets', 'erasures', 'log_epoch'],
  ...['pg_stats', 'pg_stat_activity'],
];
const relation = fc.constantFrom(...RELATIONS);
const value = fc.constantFrom(
  ...[`'${A}'`, `'${B}'`, `'m1'`, 'null', '1', 'current_user_id()', `current_setting('app.current_user_id')`],
);
/** What fails on a row that it sees would tell of it in its error; so would one that is slow, or that prints. */
const probe = fc.constantFrom(
  't::text',
  'to_jsonb(t)::text',
  '(to_jsonb(t)::text)::int::text',
  `(1 / position('${CANARY}' in t::text))::text`,
  `('{' || t::text)::jsonb::text`,
  `substring(t::text from '${CANARY}.*')::int::text`,
  'md5(t::text)',
  `(xpath('/a', ('<' || t::text)::xml))::text`,
);
const condition = fc.oneof(
  fc.constant('true'),
  fc.tuple(value, value).map(([a, b]) => `${a}::text is distinct from ${b}::text`),
  probe.map((expression) => `${expression} is not null`),
  fc.tuple(relation, probe).map(([other, expression]) => `exists (select from ${other} t where ${expression} <> '')`),
  relation.map((other) => `(select count(*) from ${other}) > 0`),
  fc.constantFrom(
    `t::text like '%${CANARY}%'`,
    `to_jsonb(t) ->> 'user_id' = '${A}'`,
    `not (to_jsonb(t) ->> 'user_id' = '${B}')`,
  ),
);
const { query } = fc.letrec<{ query: string; source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'sql' },
    { arbitrary: relation, weight: 4 },
    { arbitrary: tie('query').map((inner) => `(${inner})`), weight: 1 },
  ),
  query: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'sql' },
    {
      arbitrary: fc
        .tuple(tie('source'), probe, condition)
        .map(([from, shown, where]) => `select ${shown} as shown from ${from} t where ${where}`),
      weight: 4,
    },
    {
      arbitrary: fc
        .tuple(tie('query'), fc.constantFrom('union', 'union all', 'except', 'intersect'), tie('query'))
        .map(([left, how, right]) => `(${left}) ${how} (${right})`),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(tie('query'), fc.constantFrom('', 'materialized', 'not materialized'))
        .map(([inner, how]) => `with w as ${how} (${inner}) select t::text as shown from w t`),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(relation, tie('query'), fc.constantFrom('left join lateral', 'join lateral', 'full join'))
        .map(([from, inner, how]) => `select t::text as shown from ${from} o ${how} (${inner}) t on true`),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(tie('query'), fc.constantFrom('max(shown)', 'string_agg(shown, $$ $$)', 'jsonb_agg(t)', 'count(*)'))
        .map(([inner, aggregate]) => `select (${aggregate})::text as shown from (${inner}) t`),
      weight: 1,
    },
  ),
}));
const statement = fc.oneof(
  { arbitrary: query, weight: 6 },
  {
    arbitrary: fc.tuple(value, query, fc.constantFrom('', 'on conflict do nothing', 'returning *')).map(
      ([user, inner, end]) => `insert into sync_changes (user_id, id, app_id, table_name, record_id, op, data, actor)
          select ${user}, 'e1', 'notes', 'notes', 'n1', 'update', jsonb_build_object('title', shown), '{"kind":"user"}'
          from (${inner}) q ${end}`,
    ),
    weight: 2,
  },
  {
    arbitrary: fc
      .tuple(relation, condition, query, fc.constantFrom('update', 'delete', 'merge'))
      .map(([table, where, inner, how]) =>
        how === 'update'
          ? `update ${table} t set user_id = (select max(shown) from (${inner}) q) where ${where} returning *`
          : how === 'delete'
            ? `delete from ${table} t using (${inner}) q where ${where} returning *`
            : `merge into ${table} t using (${inner}) q on ${where} when matched then delete`,
      ),
    weight: 1,
  },
  { arbitrary: query.map((inner) => `explain (analyze, verbose, timing off) ${inner}`), weight: 1 },
  {
    arbitrary: query.map(
      (inner) => `do $do$ declare r record; begin for r in ${inner} loop raise notice '%', r; end loop; end $do$`,
    ),
    weight: 1,
  },
);

/** What came back, without the words of the statement itself, which an error may quote. */
function answerOf({ said }: { said: string }): string {
  return said.replaceAll(`${CANARY}.*`, '').replaceAll(`'${CANARY}'`, '').replaceAll(`%${CANARY}%`, '');
}

test('no statement that the grammar makes shows B anything of A, in rows, notices or errors', async () => {
  const before = await attacker.everythingOfA();
  const counted = { let: 0, refused: 0, denied: 0 };
  await fc.assert(
    fc.asyncProperty(statement, async (text) => {
      const outcome = await attacker.attempt(text);
      expect(answerOf(outcome)).not.toContain(CANARY);
      counted[outcome.code === null ? 'let' : outcome.code === DENIED ? 'denied' : 'refused'] += 1;
    }),
    { seed: SEED, numRuns: STATEMENTS },
  );
  // A grammar that is refused as a whole, or never, would show nothing.
  for (const [outcome, count] of Object.entries(counted)) expect(count, outcome).toBeGreaterThan(STATEMENTS / 20);
  expect(await attacker.everythingOfA()).toEqual(before);
}, 300_000);

test('negative control: of a view by its owner’s rights the same statements show A', async () => {
  const { superuser } = attacker;
  await superuser.query(sql.raw('create view leak as select * from records; grant select on leak to app_user'));
  let caught = 0;
  for (const text of fc.sample(statement, { seed: SEED, numRuns: 300 })) {
    const outcome = await attacker.attempt(text.replaceAll(/\b(places|records|notes|tasks)\b(?= )/g, 'leak'));
    if (answerOf(outcome).includes(CANARY)) caught += 1;
  }
  await superuser.query(sql.raw('drop view leak'));
  expect(caught).toBeGreaterThan(5);
});
