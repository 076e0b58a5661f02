import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, LoggedChange } from '../../src/core/log/change.ts';
import { type FieldMeta, type FoldedRecord, foldChange, writeWins } from '../../src/core/log/merge.ts';
import { isStorable } from '../../src/core/text.ts';
import { type Database, userSession } from '../../src/database/database.ts';
import { jsonb } from '../../src/database/statement.ts';
import { canonical, clientId, history, recordKey, type StampedChange } from '../core/log/histories.ts';
import { newUser, onBothEngines, type TestEngine } from '../support/engines.ts';
import { ALL_IN_ONE, appendSplit, HISTORY_TIMEOUT, ROW_BY_ROW, runs, split } from './append-split.ts';
import { openSortingAsPeople } from './open-sorting-as-people.ts';

const HISTORIES = 60;
const PAIRS = 5_000;

/** A history as clients push it: some times left to the log, others written with an offset, some events pushed again. */
const pushed: fc.Arbitrary<Change[]> = history.chain((changes) =>
  fc
    .record({
      stamping: fc.array(fc.constantFrom('as it is', 'as it is', 'with an offset', 'left out'), {
        minLength: changes.length,
        maxLength: changes.length,
      }),
      again: fc.array(fc.nat({ max: changes.length - 1 }), { maxLength: 4 }),
    })
    .map(({ stamping, again }) => {
      const events = changes.map(
        (change, n): Change => ({
          ...change,
          id: `event-${n}`,
          actor: { kind: 'user' },
          fieldTimestamps: stampAnew(change, stamping[n]!),
        }),
      );
      // An event comes again right after the one that it doubles (often in one statement), or at the end.
      return [
        ...events.flatMap((event, n) => (again.includes(n) && n % 2 ? [event, event] : [event])),
        ...again.map((n) => events[n]!),
      ];
    }),
);

const write: fc.Arbitrary<FieldMeta> = fc.record({
  updatedAt: fc.constantFrom('2025-03-01T10:00:00.000Z', '2025-03-01T10:00:00.001Z'),
  clientId: fc.oneof(
    { weight: 2, arbitrary: clientId },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }).filter(isStorable) },
  ),
  position: fc.integer({ min: 1, max: 3 }),
});

onBothEngines((engine) => {
  test(
    'the fold in SQL and the fold in TypeScript end in the same records, however the history is cut',
    async () => {
      let decidedByTies = 0;
      await fc.assert(
        fc.asyncProperty(pushed, split, async (changes, sizes) => {
          const user = newUser();
          await appendSplit(engine(), user, changes, sizes);
          const log = await readLog(engine(), user);
          expect(log.map(({ position }) => position)).toEqual(log.map((_, n) => n + 1));
          expect(log).toHaveLength(new Set(changes.map(({ id }) => id)).size);
          expect(await foldedBySql(engine(), user)).toBe(foldedHere(log));
          if (valuesHere(log) !== valuesHere(log.map((change) => ({ ...change, clientId: '' })))) decidedByTies += 1;
        }),
        runs(HISTORIES),
      );
      // Negative control: in histories like these, ties decided by arrival would have given other values.
      expect(decidedByTies).toBeGreaterThan(0);
    },
    HISTORY_TIMEOUT,
  );

  describe.each([
    ['todo', 'tasks'],
    ['ai', 'aiMissions'],
    ['ai', 'aiIterations'],
  ])('two writes of one time to %s/%s', (appId, tableName) => {
    const at = '2025-03-01T10:00:00.000Z';
    const by = (clientId: string): Change => ({
      ...{ appId, tableName, recordId: 'r1', op: 'update', actor: { kind: 'user' }, clientId },
      ...{ data: { title: clientId }, fieldTimestamps: { title: at } },
    });

    test.each([
      ['in one statement', ALL_IN_ONE],
      ['in two', ROW_BY_ROW],
    ])('the greater client wins, whichever comes first, %s', async (_, sizes) => {
      const [lesser, greater] = [by('a\uffff'), by('a\u{10000}')];
      for (const [first, second] of [
        [lesser, greater],
        [greater, lesser],
      ] as const) {
        const user = newUser();
        await appendSplit(engine(), user, [first, second], sizes);
        const rows = await engine().db.run(userSession(user), sql`select data ->> 'title' as title from records`);
        expect(rows).toEqual([{ title: 'a\u{10000}' }]);
      }
    });

    test.each([
      ['in one statement', ALL_IN_ONE],
      ['in two', ROW_BY_ROW],
    ])('of one client the later in the log wins, %s', async (_, sizes) => {
      const user = newUser();
      await appendSplit(engine(), user, [by('a'), { ...by('a'), data: { title: 'again' } }], sizes);
      const rows = await engine().db.run(userSession(user), sql`select data ->> 'title' as title from records`);
      expect(rows).toEqual([{ title: 'again' }]);
    });
  });

  test('write_wins and writeWins agree on any two writes', () => expectOneLaw(engine().db));
});

test(
  'the law is the same in a Postgres that sorts text as people do',
  async () => {
    const database = await openSortingAsPeople();
    try {
      const [row] = await database.db.run<{ as_people: boolean }>(
        userSession('any'),
        sql`select 'a' < 'Z' as as_people`,
      );
      expect(row).toEqual({ as_people: true });
      await expectOneLaw(database.db);
      await fc.assert(
        fc.asyncProperty(pushed, split, async (changes, sizes) => {
          const user = newUser();
          await appendSplit(database, user, changes, sizes);
          expect(await foldedBySql(database, user)).toBe(foldedHere(await readLog(database, user)));
        }),
        runs(HISTORIES),
      );
    } finally {
      await database.close();
    }
  },
  HISTORY_TIMEOUT,
);

async function expectOneLaw(db: Database): Promise<void> {
  // One by one the pairs would take a round trip each; nothing is shrunk, so only some that differ are shown.
  const [seed] = fc.sample(fc.nat(), 1);
  const pairs = fc.sample(fc.tuple(write, write), { numRuns: PAIRS, seed });
  const inSql = await winsInSql(db, pairs);
  const differing = pairs.filter(([a, b], n) => writeWins(a, b) !== inSql[n]);
  expect(differing.slice(0, 5), `${differing.length} pairs differ with seed ${seed}`).toEqual([]);
  // Negative control: comparing UTF-16 units, as < does in JavaScript, is another law, and the sample shows it.
  expect(pairs.filter(([a, b], n) => winsByUnits(a, b) !== inSql[n]).length).toBeGreaterThan(0);
}

function stampAnew({ fieldTimestamps }: StampedChange, how: string): Record<string, string> {
  const times = Object.entries(fieldTimestamps);
  if (how === 'left out') return Object.fromEntries(times.filter((_, n) => n % 2 === 1));
  if (how === 'as it is') return fieldTimestamps;
  return Object.fromEntries(
    times.map(([field, at], n) => {
      const hours = (n % 15) + 1;
      const there = new Date(Date.parse(at) + hours * 3_600_000).toISOString();
      return [field, `${there.slice(0, 10)} ${there.slice(11, 23)}456+${String(hours).padStart(2, '0')}:00`];
    }),
  );
}

function readLog(engine: TestEngine, user: string) {
  return engine.db.run<LoggedChange>(
    userSession(user),
    sql`
    select app_id as "appId", table_name as "tableName", record_id as "recordId", data, client_id as "clientId",
           field_timestamps as "fieldTimestamps", position
    from sync_changes order by position`,
  );
}

function foldedHere(log: LoggedChange[]): string {
  return canonical(Object.fromEntries(foldHere(log)));
}

function valuesHere(log: LoggedChange[]): string {
  return canonical([...foldHere(log).values()].map(({ data, deletedAt }) => [data, deletedAt]));
}

function foldHere(log: LoggedChange[]): Map<string, FoldedRecord> {
  const records = new Map<string, FoldedRecord>();
  for (const change of log) records.set(recordKey(change), foldChange(records.get(recordKey(change)), change));
  return records;
}

async function foldedBySql(engine: TestEngine, user: string): Promise<string> {
  const rows = await engine.db.run<FoldedRecord & { key: string }>(
    userSession(user),
    sql`
    select concat_ws('/', app_id, table_name, record_id) as key, data, field_meta as "fieldMeta",
           format_stamp(deleted_at) as "deletedAt", first_position as "firstPosition", last_position as "lastPosition"
    from records`,
  );
  return canonical(Object.fromEntries(rows.map(({ key, ...record }) => [key, record])));
}

async function winsInSql(db: Database, pairs: [FieldMeta, FieldMeta][]): Promise<boolean[]> {
  const rows = await db.run<{ wins: boolean }>(
    userSession(newUser()),
    sql`
    select write_wins(p #>> '{0,updatedAt}', p #>> '{0,clientId}', (p #>> '{0,position}')::bigint,
                      p #>> '{1,updatedAt}', p #>> '{1,clientId}', (p #>> '{1,position}')::bigint) as wins
    from jsonb_array_elements(${jsonb(pairs)}) with ordinality as pairs (p, n) order by n`,
  );
  return rows.map(({ wins }) => wins);
}

function winsByUnits(a: FieldMeta, b: FieldMeta): boolean {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt;
  if (a.clientId !== b.clientId) return a.clientId > b.clientId;
  return a.position > b.position;
}
