// What docs/scaling.md builds on: a person's rows can be told apart by their keys alone, so the tables can be partitioned,
// distributed and moved by user. Held by the catalog, so that a new table or index cannot forget it.

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RUNNER_SESSION } from '../../src/database/database.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';

/** Tables that hold nobody's data, each with the reason why it needs none of its rows told apart. */
const OF_NOBODY = {
  erasures: 'that somebody was erased, and nothing of whom',
  log_epoch: 'one row, the same for all: what tells this log from a copy of it',
};

/** Keys that do not begin with the user, each with the reason. */
const NOT_BY_USER = {
  stream_tickets_pkey: 'the ticket is all that its bearer brings: whose it is is looked up by it',
};

/** Indexes for look-ups across users, each with who looks. */
const ACROSS_USERS = {
  missions_queue: 'claim_missions: the front of the queue of all users',
  missions_due: 'claim_missions and next_due_at: what comes due, whose ever it is',
  stream_tickets_expiry: 'issue_ticket: sweeps tickets that have run out, whose ever they are',
};

interface IndexRow {
  table: string;
  index: string;
  isUnique: boolean;
  /** Null where it is an expression. */
  firstColumn: string | null;
}

let engine: TestEngine;
let tables: { name: string; ofUsers: boolean }[];
let indexes: IndexRow[];

beforeAll(async () => {
  engine = await openTestPostgres();
  tables = await engine.db.run(
    RUNNER_SESSION,
    sql`select c.relname as name, exists (
               select from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id' and a.attnotnull
             ) as "ofUsers"
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
  );
  indexes = await engine.db.run<IndexRow>(
    RUNNER_SESSION,
    sql`select t.relname as "table", i.relname as index, x.indisunique as "isUnique", a.attname as "firstColumn"
        from pg_index x
        join pg_class i on i.oid = x.indexrelid
        join pg_class t on t.oid = x.indrelid
        left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
        where t.relnamespace = 'public'::regnamespace`,
  );
});
afterAll(() => engine?.close());

const namesOf = (rows: IndexRow[]) => rows.map(({ index }) => index).sort();
const isOfUsers = ({ table }: IndexRow) => tables.some(({ name, ofUsers }) => ofUsers && name === table);

test("every table says whose each of its rows is, except where it is nobody's", () => {
  expect(tables.filter(({ ofUsers }) => ofUsers).map(({ name }) => name)).toContain('sync_changes');
  expect(
    tables
      .filter(({ ofUsers }) => !ofUsers)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(OF_NOBODY).sort());
});

test('every primary key and unique index of a table with users begins with the user', () => {
  const keys = indexes.filter((index) => index.isUnique && isOfUsers(index));
  expect(namesOf(keys)).toContain('sync_changes_event');
  expect(namesOf(keys.filter(({ firstColumn }) => firstColumn !== 'user_id'))).toEqual(Object.keys(NOT_BY_USER).sort());
});

test('every other index does as well, except those for look-ups across users', () => {
  const others = indexes.filter((index) => !index.isUnique && isOfUsers(index) && index.firstColumn !== 'user_id');
  expect(namesOf(others)).toEqual(Object.keys(ACROSS_USERS).sort());
});

test('every table has a primary key: without one it cannot be replicated or moved row by row', async () => {
  const withoutKey = await engine.db.run(
    RUNNER_SESSION,
    sql`select c.relname from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary)`,
  );
  expect(withoutKey).toEqual([]);
});
