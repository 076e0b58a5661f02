import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Change, LoggedChange } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { type AttributedRecord, foldAttributed } from '../../src/core/sync/attributed-record.ts';
import { operatorSession, userSession } from '../../src/database/database.ts';
import type { Difference } from '../../src/log/rebuild/difference.ts';
import { Findings } from '../../src/log/rebuild/findings.ts';
import { rebuildUser } from '../../src/log/rebuild/rebuild-user.ts';
import { replayLog } from '../../src/log/rebuild/replay-log.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { canonical, history, recordKey } from '../core/log/histories.ts';
import { newUser, onBothEngines, type TestEngine } from '../support/engines.ts';
import { write } from '../support/missions.ts';
import { appendSplit, HISTORY_TIMEOUT, runs, split } from './append-split.ts';
import { asSuperuser, type Superuser } from './as-superuser.ts';
import { livedUser, projectionsOf } from './lived-user.ts';

const QUIET = { checkInterrupt() {}, onChanges() {} };
const RECORD_CORRUPTIONS: [string, string, string][] = [
  ['a value was overwritten', 'todo/tasks/t1', `update records set data = data || '{"title":"forged"}'`],
  ['a value has another type', 'todo/tasks/t1', `update records set data = data || '{"completed":"true"}'`],
  ['a value deep within was changed', 'todo/tasks/t1', `update records set data = jsonb_set(data, '{tags,1,b}', '0')`],
  ['a field is gone', 'todo/tasks/t1', `update records set data = data - 'title'`],
  ['a field came from nowhere', 'todo/tasks/t1', `update records set data = data || '{"__proto__":{"admin":true}}'`],
  [
    'a write has another time',
    'todo/tasks/t1',
    `update records set field_meta = jsonb_set(field_meta, '{title,updatedAt}', '"2020-01-01T00:00:00.000Z"')`,
  ],
  [
    'a write has another place in the log',
    'todo/tasks/t1',
    `update records set field_meta = jsonb_set(field_meta, '{title,position}', '1')`,
  ],
  [
    'a write has another client',
    'todo/tasks/t1',
    `update records set field_meta = jsonb_set(field_meta, '{title,clientId}', '"x"')`,
  ],
  ['the writes are forgotten', 'todo/tasks/t1', `update records set field_meta = '{}'`],
  ['a record was deleted by hand', 'todo/tasks/t1', `delete from records`],
  ['a living record looks deleted', 'todo/tasks/t3', `update records set deleted_at = now()`],
  ['a deleted record lives', 'todo/tasks/t2', `update records set deleted_at = null`],
  [
    'it was deleted a microsecond later',
    'todo/tasks/t2',
    `update records set deleted_at = deleted_at + interval '1 microsecond'`,
  ],
  ['it begins elsewhere', 'todo/tasks/t1', `update records set first_position = first_position + 1`],
  ['it ends beyond the log', 'todo/tasks/t1', `update records set last_position = 1000000`],
  ['a record without fields is gone', 'todo/tasks/t4', `delete from records`],
  ['it bears another id', 'todo/tasks/t1', `update records set record_id = 't99'`],
  [
    'a proposal is approved by hand',
    'ai/aiProposals/planned-1-1',
    `update records set data = data || '{"status":"approved"}'`,
  ],
  [
    'a mission has another objective',
    'ai/aiMissions/planned',
    `update records set data = data || '{"objective":"other"}'`,
  ],
];

const MISSION_CORRUPTIONS: [string, string, string][] = [
  ['it is paused', 'planned', `update missions set state = 'paused'`],
  ['it runs, though paused', 'paused', `update missions set state = 'active'`],
  ['it looks deleted', 'planned', `update missions set deleted_at = now()`],
  ['it has another cadence', 'planned', `update missions set cadence = '{"kind":"manual"}'`],
  ['it has another time zone', 'planned', `update missions set time_zone = 'UTC'`],
  ['it wants its input', 'planned', `update missions set replan_on = 'inputs'`],
  ['a plan is forgotten', 'planned', `update missions set planned = planned - 1`],
  ['a plan is made up', 'planned', `update missions set planned = planned + 5`],
  ['all its numbers are made up', 'planned', `update missions set planned = 7, wanted = 7, begun = 7`],
  ['less is wanted than planned', 'planned', `update missions set wanted = 0`],
  ['a want is made up', 'planned', `update missions set wanted = wanted + 3`],
  [
    'somebody claims it for ever',
    'planned',
    `update missions set claim_token = gen_random_uuid(), runner = 'x', due_at = null`,
  ],
  ['its cadence never comes', 'planned', `update missions set due_at = null`],
  [
    'its cadence comes in a hundred years',
    'planned',
    `update missions set next_run_at = now() + interval '100 years', due_at = now() + interval '100 years'`,
  ],
  ['it is queued, though idle', 'planned', `update missions set queue_at = now(), due_at = null`],
  ['it waits at no place', 'waiting', `update missions set queue_at = null`],
  ['it waits for nothing', 'waiting', `update missions set wanted = 0`],
  ['a paused mission is queued', 'paused', `update missions set queue_at = now()`],
];

/** What a mended row may have otherwise than before, because the log does not know it. */
/** What a rebuild cannot know: times of its own, and what was spent, which is not in the log. */
const TIMES = ['queue_at', 'wanted_at', 'next_run_at', 'due_at', 'spent_on', 'spent_tokens'];

onBothEngines((engine) => {
  let superuser: Superuser;
  beforeAll(async () => {
    superuser = await asSuperuser(engine());
  });
  afterAll(() => superuser?.close());

  const verify = (user: string) => verifyUser(engine().db, user, { registry: defaultRegistry, ...QUIET });
  const rebuild = (user: string, isDryRun = false) => rebuildUser(engine().db, user, { isDryRun, ...QUIET });
  const corrupt = async (user: string, statement: string, where: SQL) => {
    const changed = await superuser.query(sql`${sql.raw(statement)} where user_id = ${user} and ${where} returning 1`);
    expect(changed.length).toBeGreaterThan(0);
  };

  describe('what was corrupted by hand is found, and mended to the same bytes', () => {
    let user: string;
    let whole: Awaited<ReturnType<typeof projectionsOf>>;
    beforeAll(async () => {
      user = await livedUser(engine());
      whole = await projectionsOf(engine(), user);
      expect(whole.missions.map(({ key }) => key)).toEqual(['paused', 'planned', 'waiting']);
      expect((await verify(user)).violations).toEqual([]);
    });

    async function expectMended(keys: string[], isSame: (after: typeof whole) => void) {
      const corrupted = await projectionsOf(engine(), user);
      const found = await verify(user);
      expect(found.violations.map(({ rule }) => rule)).toEqual(keys.map(() => 'projection_differs'));
      expect(found.violations.map(({ difference }) => difference?.key).sort()).toEqual(keys);
      expect(keysOf(await rebuild(user, true))).toEqual(keys);
      expect(await projectionsOf(engine(), user)).toEqual(corrupted);
      expect(keysOf(await rebuild(user))).toEqual(keys);
      isSame(await projectionsOf(engine(), user));
      expect((await verify(user)).violations).toEqual([]);
      expect((await rebuild(user)).differing).toBe(0);
    }

    test.each(RECORD_CORRUPTIONS)('%s', async (_, key, statement) => {
      const [appId, tableName, id] = key.split('/');
      await corrupt(user, statement, sql`app_id = ${appId} and table_name = ${tableName} and record_id = ${id}`);
      const keys = statement.includes('t99') ? [key, 'todo/tasks/t99'] : [key];
      await expectMended(keys, (after) => expect(after).toEqual(whole));
    });

    test.each(MISSION_CORRUPTIONS)('of a mission: %s', async (_, id, statement) => {
      await corrupt(user, statement, sql`mission_id = ${id}`);
      await expectMended([id], (after) => expect(withoutTimes(after)).toEqual(withoutTimes(whole)));
    });

    test('rows that the log does not have', async () => {
      await superuser.query(sql`insert into records values (${user}, 'todo', 'tasks', 'p1', '{}', '{}', null, 1, 1)`);
      await superuser.query(
        sql`insert into missions (user_id, mission_id, state, queue_at) values (${user}, 'p1', 'active', now())`,
      );
      await expectMended(['p1', 'todo/tasks/p1'], (after) => expect(withoutTimes(after)).toEqual(withoutTimes(whole)));
    });

    test('missions that are gone: the planned one idle, the waiting one queued', async () => {
      await superuser.query(sql`delete from missions where user_id = ${user}`);
      await expectMended(['paused', 'planned', 'waiting'], (after) => {
        expect(withoutTimes(after)).toEqual(withoutTimes(whole));
        const rows = Object.fromEntries(after.missions.map(({ key, row }) => [key, row]));
        expect(rows.planned).toMatchObject({ queue_at: null, next_run_at: expect.any(String) });
        expect(rows.planned?.due_at).toBe(rows.planned?.next_run_at);
        expect(rows.waiting).toMatchObject({ queue_at: expect.any(String), due_at: null });
      });
    });

    test('everything at once, and only what was asked for', async () => {
      await superuser.query(sql`delete from records where user_id = ${user}`);
      await superuser.query(sql`update missions set state = 'done' where user_id = ${user}`);
      const { differences } = await rebuildUser(engine().db, user, { isDryRun: false, only: 'missions', ...QUIET });
      expect(differences.map(({ projection }) => projection)).toEqual(['missions', 'missions', 'missions']);
      const records = await rebuildUser(engine().db, user, { isDryRun: false, only: 'records', ...QUIET });
      expect(records.differing).toBe(whole.records.length);
      expect((await projectionsOf(engine(), user)).records).toEqual(whole.records);
      expect((await verify(user)).violations).toEqual([]);
    });

    test('nobody is woken, and no stream is told', async () => {
      const heard: string[] = [];
      const listener = await engine().db.listen(['mission_wake', 'log_changed'], {
        onNotify: (channel, payload) => void heard.push(`${channel} ${payload}`),
        onConnected() {},
        onError() {},
      });
      await superuser.query(sql`delete from records where user_id = ${user}`);
      await superuser.query(sql`delete from missions where user_id = ${user}`);
      await rebuild(user);
      await superuser.query(sql`select pg_notify('mission_wake', 'the last')`);
      await vi.waitUntil(() => heard.includes('mission_wake the last'), { timeout: 60_000 });
      await listener.close();
      expect(heard).toEqual(['mission_wake the last']);
    });
  });

  test(
    'a random history gives the same records live, replayed, in parts, and in the merge of the client',
    async () => {
      await fc.assert(
        fc.asyncProperty(history, split, fc.array(fc.nat(20), { maxLength: 4 }), async (changes, sizes, again) => {
          const user = newUser();
          const events = changes.map((change, n): Change => ({ ...change, id: `e${n}`, actor: { kind: 'user' } }));
          const doubled = again.flatMap((n) => events[n] ?? []);
          await appendSplit(engine(), user, [...events, ...doubled], sizes);
          const live = await projectionsOf(engine(), user);
          expect((await verify(user)).violations).toEqual([]);
          expect(await clientMerge(engine(), user)).toBe(canonical(live.records.map(({ row }) => valuesOf(row))));
          await expectSameInParts(engine(), user, live.records.length);

          await superuser.query(sql`delete from records where user_id = ${user}`);
          const rebuilt = await rebuild(user);
          expect(rebuilt.differing).toBe(live.records.length);
          expect(await projectionsOf(engine(), user)).toEqual(live);
        }),
        runs(25),
      );
    },
    HISTORY_TIMEOUT,
  );

  test('four write meanwhile: nothing differs, nothing is lost, and verify does not cry wolf', async () => {
    const user = newUser();
    let isOver = false;
    const written = [0, 0, 0, 0];
    const writers = written.map(async (_, writer) => {
      while (!isOver) {
        const recordId = `t${(written[writer]! * 7 + writer) % 20}`;
        const data = { [`by${writer}`]: written[writer]!, title: `${writer}` };
        await write(engine().db, user, {
          appId: 'todo',
          tableName: 'tasks',
          recordId,
          op: 'insert',
          data,
          actor: { kind: 'user' },
        });
        written[writer]! += 1;
        // The embedded engine answers without ever leaving the turn of the event loop.
        await new Promise(setImmediate);
      }
    });
    try {
      await vi.waitUntil(() => written.every((count) => count > 3), { timeout: 60_000 });
      for (let round = 0; round < 5; round++) {
        expect((await verify(user)).violations).toEqual([]);
        await corrupt(
          user,
          `update records set data = data || '{"title":"forged"}', deleted_at = now()`,
          sql`record_id in ('t1', 't2')`,
        );
        await corrupt(user, 'delete from records', sql`record_id in ('t3', 't4')`);
        const before = written.reduce((sum, count) => sum + count, 0);
        expect((await rebuild(user)).differing).toBeGreaterThan(0);
        await vi.waitUntil(() => written.reduce((sum, count) => sum + count, 0) > before, { timeout: 60_000 });
        expect((await rebuild(user, true)).differences).toEqual([]);
      }
    } finally {
      isOver = true;
      await Promise.all(writers);
    }
    const report = await verify(user);
    expect(report.violations).toEqual([]);
    expect(report.changes).toBe(written.reduce((sum, count) => sum + count, 0));
  });

  test('records that do not fit into memory are replayed in parts, as many as it takes', async () => {
    const user = newUser();
    const tasks = Array.from({ length: 1_200 }, (_, n): Change => {
      const recordId = `t${n % 40}`;
      return {
        appId: 'todo',
        tableName: 'tasks',
        recordId,
        op: 'update',
        data: { title: `${n}` },
        actor: { kind: 'user' },
      };
    });
    await write(engine().db, user, ...tasks);
    expect(await expectSameInParts(engine(), user, 40)).toBeGreaterThan(1);
  });

  test('a value that no double holds comes back as the log has it', async () => {
    const user = newUser();
    await engine().db.transaction(userSession(user), async (tx) => {
      await tx.query(sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
        values (${user}, 'x', 'y', 'z', 'insert', '{"n": 12345678901234567890.10, "__proto__": 1.0}', '{"kind":"user"}')`);
    });
    const [before] = (await projectionsOf(engine(), user)).records;
    await superuser.query(sql`delete from records where user_id = ${user}`);
    await rebuild(user);
    const [row] = await superuser.query<{ data: string }>(
      sql`select data::text as data from records where user_id = ${user}`,
    );
    expect(row?.data).toContain('12345678901234567890.10');
    expect((await projectionsOf(engine(), user)).records).toEqual([before]);
  });

  test('what ends it ends it with everything as it was', async () => {
    const user = newUser();
    await write(engine().db, user, {
      appId: 'todo',
      tableName: 'tasks',
      recordId: 't',
      op: 'insert',
      data: {},
      actor: { kind: 'user' },
    });
    await superuser.query(sql`delete from records where user_id = ${user}`);
    const options = {
      isDryRun: false,
      onChanges() {},
      checkInterrupt: () => {
        throw new Error('enough');
      },
    };
    await expect(rebuildUser(engine().db, user, options)).rejects.toThrow('enough');
    expect((await projectionsOf(engine(), user)).records).toEqual([]);
    expect((await rebuild(user)).differing).toBe(1);
  });

  test('only the operator may mend, and only the user named', async () => {
    const user = newUser();
    for (const statement of [
      sql`select mend_records('[]')`,
      sql`select mend_missions('[]', '[]')`,
      sql`select lock_missions('[]')`,
    ]) {
      await expect(engine().db.run(userSession(user), statement)).rejects.toThrow('permission denied');
      await expect(engine().db.run({ role: 'app_runner' }, statement)).rejects.toThrow('permission denied');
      await expect(engine().db.run(operatorSession(null), statement)).rejects.toThrow('app.current_user_id is not set');
    }
    const other = newUser();
    const row = JSON.stringify([
      {
        user_id: other,
        mission_id: 'm',
        state: 'active',
        wanted: 0,
        begun: 0,
        planned: 0,
        attempts: 0,
        want_causes: [],
      },
    ]);
    await engine().db.run(operatorSession(user), sql`select mend_missions(${row}::text::jsonb, '[]')`);
    expect((await projectionsOf(engine(), other)).missions).toEqual([]);
  });
});

function keysOf({ differences }: { differences: Difference[] }): string[] {
  return differences.map(({ key }) => key).sort();
}

function withoutTimes({ records, missions }: Awaited<ReturnType<typeof projectionsOf>>) {
  const kept = missions.map(({ key, row }) => [
    key,
    Object.fromEntries(Object.entries(row).filter(([name]) => !TIMES.includes(name))),
  ]);
  return { records, missions: kept };
}

function valuesOf({
  app_id,
  table_name,
  record_id,
  data,
  field_meta,
  first_position,
  last_position,
  deleted_at,
}: Record<string, unknown>) {
  const deletedAt = deleted_at === null ? null : new Date(String(deleted_at)).toISOString();
  return [
    `${app_id}/${table_name}/${record_id}`,
    { data, fieldMeta: field_meta, deletedAt, firstPosition: first_position, lastPosition: last_position },
  ];
}

/** The merge of a replica, over the log in another order than its own. */
async function clientMerge(engine: TestEngine, user: string): Promise<string> {
  const log = await engine.db.run<LoggedChange>(
    userSession(user),
    sql`select app_id as "appId", table_name as "tableName", record_id as "recordId", data, client_id as "clientId",
               field_timestamps as "fieldTimestamps", position, actor from sync_changes order by position desc`,
  );
  const records = new Map<string, AttributedRecord>();
  for (const change of log) records.set(recordKey(change), foldAttributed(records.get(recordKey(change)), change));
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
  return canonical(sorted.map(([key, { actors, ...record }]) => [key, record]));
}

async function expectSameInParts(engine: TestEngine, user: string, count: number): Promise<number> {
  const differences = new Findings<Difference>();
  let records = 0;
  let parts = 0;
  const options = { differences, onChanges() {}, budget: 1 };
  await replayLog(engine.db, operatorSession(user), options, async (part) => {
    records += part.records;
    parts += 1;
  });
  expect({ differences: differences.listed, records }).toEqual({ differences: [], records: count });
  return parts;
}
