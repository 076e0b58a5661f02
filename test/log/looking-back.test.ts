import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Actor, MISSION_RUNNER, RULE, USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { type Database, type Transaction, userSession, withUser } from '../../src/database/database.ts';
import { readRecord } from '../../src/database/read-records.ts';
import { blameRecord } from '../../src/log/blame-record.ts';
import { diffMoments, type RecordDiff } from '../../src/log/past/diff-moments.ts';
import { readMissionAt } from '../../src/log/past/mission-at.ts';
import { readMoment } from '../../src/log/past/read-moment.ts';
import { listRecordsAt, readRecordAt } from '../../src/log/past/record-at.ts';
import { tailLog } from '../../src/log/tail-log.ts';
import { history, type StampedChange } from '../core/log/histories.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { write, writeMission } from '../support/missions.ts';
import { appendSplit, HISTORY_TIMEOUT, ROW_BY_ROW, runs } from './append-split.ts';

const AI: Actor = { kind: 'ai', missionId: 'm1', iterationId: 'm1-1', proposalId: 'm1-1-0', rationale: 'it is due' };

function task(recordId: string, op: Change['op'], data: Change['data'] = {}, actor: Actor = USER): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op, data, actor };
}

function book(
  tableName: string,
  recordId: string,
  op: Change['op'],
  data: Change['data'],
  actor = MISSION_RUNNER,
): Change {
  return { appId: 'ai', tableName, recordId, op, data, actor };
}

const TASK = (id: string) => ({ appId: 'todo', table: 'tasks', id });

onBothEngines((engine) => {
  const as = <T>(user: string, work: (tx: Transaction) => Promise<T>) => withUser(engine().db, user, work);

  test(
    'every record at every position is what it was when the log ended there',
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async (changes) => {
          const user = newUser();
          const then: unknown[] = [];
          for (const change of changes) {
            await appendSplit(engine(), user, [{ ...change, actor: USER }], ROW_BY_ROW);
            then.push(await heldNow(user, change));
          }
          for (const [n, change] of changes.entries()) expect(await heldAt(user, change, n + 1)).toEqual(then[n]);
          const first = changes[0] as StampedChange;
          expect(await as(user, (tx) => readRecordAt(tx, addressOf(first), 0))).toBeUndefined();
        }),
        runs(20),
      );
    },
    HISTORY_TIMEOUT,
  );

  function addressOf({ appId, tableName, recordId }: StampedChange) {
    return { appId, table: tableName, id: recordId };
  }

  async function heldNow(user: string, change: StampedChange) {
    const { appId, table, id } = addressOf(change);
    const record = await as(user, (tx) => readRecord(tx, appId, table, id));
    return record && { ...record, deletedAt: record.deletedAt?.toISOString() ?? null };
  }

  async function heldAt(user: string, change: StampedChange, position: number) {
    const record = await as(user, (tx) => readRecordAt(tx, addressOf(change), position));
    if (!record) return undefined;
    const { data, fieldMeta, deletedAt, firstPosition, lastPosition, id } = record;
    expect(Object.keys(record.attribution).sort()).toEqual(Object.keys(data).sort());
    return { data, fieldMeta, deletedAt, firstPosition, lastPosition, id };
  }

  describe('a moment', () => {
    const read = (user: string, text: string) => as(user, (tx) => readMoment(tx, text));

    test('is a position, a time as it was shown, or the beginning of a day', async () => {
      const user = newUser();
      for (const title of ['A', 'B', 'C']) await write(engine().db, user, task('t1', 'update', { title }));
      const rows = await engine().db.run<{ position: number; at: Date }>(
        userSession(user),
        sql`select position, created_at as at from sync_changes order by position`,
      );
      for (const { position, at } of rows) {
        expect(await read(user, String(position))).toEqual({ ok: true, position, at });
        // To the millisecond, in which the next may have arrived as well.
        const last = rows.filter((row) => row.at.getTime() <= at.getTime()).at(-1);
        expect(await read(user, at.toISOString())).toEqual({ ok: true, position: last?.position, at });
      }
      expect(await read(user, '0')).toMatchObject({ ok: true, position: 0 });
      expect(await read(user, '2020-01-01')).toMatchObject({ ok: true, position: 0 });
      expect(await read(user, '2120-01-01')).toMatchObject({ ok: true, position: 3 });
      expect(await read(user, '2120-01-01 00:00+02:00')).toMatchObject({ ok: true, position: 3 });
    });

    test.each(['', 'now', '-1', '1.5', '2026-13-01', '2026-01-01T10:00:00', '2026', '99999999999999999999'])(
      '%j is none, or beyond the log',
      async (text) => {
        const user = newUser();
        await write(engine().db, user, task('t1', 'insert', { title: 'A' }));
        const moment = await read(user, text);
        expect(moment).toMatchObject({ ok: false, reason: /^\d+$/.test(text) ? 'beyond_head' : 'unreadable' });
        if (!moment.ok) expect(moment.message).toMatch(/^(must be|is beyond the log, which ends at 1$)/);
      },
    );

    test('an empty log has none but its beginning', async () => {
      const user = newUser();
      expect(await read(user, '0')).toMatchObject({ ok: true, position: 0 });
      expect(await read(user, '1')).toMatchObject({ ok: false, message: 'is beyond the log, which is empty' });
    });
  });

  test('a collection as it was, in pages', async () => {
    const user = newUser();
    await write(engine().db, user, task('a', 'insert', { title: 'A' }), task('b', 'insert', { title: 'B' }));
    await write(engine().db, user, task('c', 'insert', { title: 'C' }), task('b', 'delete'));
    await write(engine().db, user, task('d', 'insert', { title: 'D' }), task('a', 'update', { title: 'A2' }));
    await write(engine().db, user, task('a', 'delete'), task('b', 'insert', { title: 'B2' }));
    const at = async (position: number, page = { after: 0, limit: 10 }) => {
      const found = await as(user, (tx) => listRecordsAt(tx, TASK(''), position, page));
      return found.map(({ id, data }) => `${id}=${data.title}`);
    };
    expect(await at(0)).toEqual([]);
    expect(await at(2)).toEqual(['a=A', 'b=B']);
    expect(await at(4)).toEqual(['a=A', 'c=C']);
    expect(await at(6)).toEqual(['a=A2', 'c=C', 'd=D']);
    expect(await at(8)).toEqual(['b=B2', 'c=C', 'd=D']);
    expect(await at(4, { after: 0, limit: 1 })).toEqual(['a=A']);
    expect(await at(4, { after: 1, limit: 1 })).toEqual(['c=C']);
    expect(await at(6, { after: 3, limit: 1 })).toEqual(['d=D']);
  });

  test('a mission as it was: its words, its iterations, and what was decided by then', async () => {
    const user = newUser();
    await writeMission(engine().db, user, 'm1', { title: 'First' });
    const plan = [{ id: 'm1-1-0', proposalId: 'm1-1-0', summary: 'do it', rationale: 'it is due' }];
    await write(
      engine().db,
      user,
      book('aiIterations', 'm1-1', 'insert', { missionId: 'm1', want: 1, model: 'small', plan }),
      book('aiProposals', 'm1-1-0', 'insert', { missionId: 'm1', iterationId: 'm1-1', status: 'pending' }),
      book('aiIterations', 'other-1', 'insert', { missionId: 'other', want: 9 }),
    );
    await writeMission(engine().db, user, 'm1', { title: 'Second' }, 'update');
    await write(engine().db, user, book('aiProposals', 'm1-1-0', 'update', { status: 'rejected' }, USER));
    await write(engine().db, user, book('aiIterations', 'm1-2', 'insert', { missionId: 'm1', want: 2, plan: [] }));
    await write(engine().db, user, book('aiMissions', 'm1', 'delete', {}, USER));
    const at = (position: number, page: { limit: number; before?: number } = { limit: 10 }) =>
      as(user, (tx) => readMissionAt(tx, 'm1', { ok: true, position, at: new Date() }, page));
    expect(await at(0)).toBeUndefined();
    expect(await at(1)).toMatchObject({
      title: 'First',
      iterations: [],
      planned: 0,
      planning: 'idle',
      state: 'active',
    });
    expect(await at(2)).toMatchObject({ iterations: [{ id: 'm1-1', plan: [{ status: 'unknown' }] }] });
    expect(await at(4)).toMatchObject({ title: 'First', planned: 1, iterations: [{ plan: [{ status: 'pending' }] }] });
    expect(await at(6)).toMatchObject({ title: 'Second', iterations: [{ plan: [{ status: 'rejected' }] }] });
    const last = await at(7, { limit: 1 });
    expect(last).toMatchObject({ planned: 2, iterations: [{ id: 'm1-2' }], iterationsCursor: '7' });
    expect(await at(7, { limit: 1, before: 7 })).toMatchObject({
      iterations: [{ id: 'm1-1' }],
      iterationsCursor: null,
    });
    expect(await at(8)).toBeUndefined();
    expect(
      await as(newUser(), (tx) => readMissionAt(tx, 'm1', { ok: true, position: 1, at: new Date() }, { limit: 1 })),
    ).toBeUndefined();
  });

  test('a difference says what was, what is and by whom; what came and went, or came back to itself, is none', async () => {
    const user = newUser();
    await write(
      engine().db,
      user,
      task('a', 'insert', { title: 'A', done: false }),
      task('b', 'insert', { title: 'B' }),
    );
    await write(
      engine().db,
      user,
      task('a', 'update', { title: 'A2' }, AI),
      task('a', 'update', { done: true }),
      task('a', 'update', { done: false }),
      task('c', 'insert', { title: 'C' }),
      task('b', 'delete', {}, RULE),
      task('d', 'insert', { title: 'D' }),
      task('d', 'delete'),
    );
    const diff = async (from: number, to: number, only?: RecordDiff) => {
      const diffs: RecordDiff[] = [];
      await as(user, (tx) => diffMoments(tx, defaultRegistry, { from, to, only }, (one) => void diffs.push(one)));
      return diffs;
    };
    const all = await diff(2, 9);
    expect(all).toMatchObject([
      {
        id: 'a',
        kind: 'changed',
        label: 'A2',
        fields: [{ field: 'title', before: 'A', after: 'A2', by: { position: 3, actor: AI } }],
      },
      { id: 'c', kind: 'created', fields: [{ field: 'title', before: null, after: 'C', by: { position: 6 } }] },
      { id: 'b', kind: 'deleted', fields: [{ field: 'deletedAt', before: null, by: { position: 7, actor: RULE } }] },
    ]);
    expect(all.map(({ fields }) => fields.length)).toEqual([1, 1, 1]);
    expect(await diff(2, 9, all[1])).toEqual([all[1]]);
    expect(await diff(9, 9)).toEqual([]);
    expect((await diff(0, 2)).map(({ id, kind }) => [id, kind])).toEqual([
      ['a', 'created'],
      ['b', 'created'],
    ]);
    expect((await diff(8, 9)).map(({ id, kind }) => [id, kind])).toEqual([['d', 'deleted']]);
  });

  describe('blame', () => {
    const blame = (user: string, id: string, others = false) =>
      as(user, (tx) => blameRecord(tx, defaultRegistry, TASK(id), { others }));

    test('an AI’s write is traced to mission, model, reason, proposal and the person who approved it', async () => {
      const user = newUser();
      await writeMission(engine().db, user, 'm1', { title: 'Move' });
      await write(
        engine().db,
        user,
        book('aiIterations', 'm1-1', 'insert', { missionId: 'm1', want: 1, model: 'small' }),
        book('aiProposals', 'm1-1-0', 'insert', { iterationId: 'm1-1', summary: 'Do it', status: 'pending' }),
        {
          ...book(
            'aiProposals',
            'm1-1-0',
            'update',
            { status: 'approved', decidedBy: 'user', decidedParams: {} },
            USER,
          ),
          clientId: 'phone',
        },
        task('t1', 'insert', { title: 'A', notes: 'n' }, AI),
        { ...task('t1', 'update', { notes: 'mine' }), clientId: 'laptop', id: 'my-event' },
      );
      const found = await blame(user, 't1');
      expect(found).toMatchObject({ label: 'A', deletedAt: null });
      expect(found?.fields.map(({ field, position, value }) => [field, position, value])).toEqual([
        ['notes', 6, 'mine'],
        ['title', 5, 'A'],
        ['deletedAt', 5, null],
      ]);
      expect(found?.fields[0]).toMatchObject({ actor: USER, clientId: 'laptop', eventId: 'my-event', because: null });
      expect(found?.fields[1]).toMatchObject({
        actor: AI,
        op: 'insert',
        because: {
          mission: { id: 'm1', title: 'Move' },
          iteration: { id: 'm1-1', model: 'small' },
          proposal: { id: 'm1-1-0', summary: 'Do it' },
          rationale: 'it is due',
          approval: { by: 'user', position: 4, clientId: 'phone', edited: true },
        },
      });
      const [notes] = (await blame(user, 't1', true))?.fields ?? [];
      expect(notes?.others).toMatchObject([{ value: 'n', position: 5, because: { mission: { id: 'm1' } } }]);
    });

    test('what is gone is null, a policy is said to be one, and system actors name their source', async () => {
      const user = newUser();
      await write(
        engine().db,
        user,
        task('t1', 'insert', { title: 'A' }, AI),
        task('t2', 'insert', { title: 'B' }, { ...AI, proposalId: 'm1-1-1' }),
        book('aiProposals', 'm1-1-1', 'insert', { status: 'approved', decidedBy: 'policy' }),
        task('t3', 'insert', { title: 'C' }, { kind: 'system', source: 'migration' }),
      );
      expect((await blame(user, 't1'))?.fields[0]?.because).toMatchObject({
        ...{ mission: { title: null }, iteration: { model: null }, proposal: { summary: null }, approval: null },
      });
      expect((await blame(user, 't2'))?.fields[0]?.because?.approval).toMatchObject({ by: 'policy', position: 3 });
      expect((await blame(user, 't3'))?.fields[0]).toMatchObject({ actor: { source: 'migration' }, because: null });
    });

    test('a deleted record says who deleted it; what there never was is undefined, another user’s too', async () => {
      const user = newUser();
      await write(engine().db, user, task('t1', 'insert', { title: 'A' }), task('t1', 'delete', {}, RULE));
      const found = await blame(user, 't1');
      expect(found?.deletedAt).toBe(found?.fields.at(-1)?.value);
      expect(found?.fields.at(-1)).toMatchObject({ field: 'deletedAt', position: 2, op: 'delete', actor: RULE });
      expect(await blame(user, 't2')).toBeUndefined();
      expect(await blame(newUser(), 't1')).toBeUndefined();
    });

    test('a write that lost is among the others', async () => {
      const user = newUser();
      await write(engine().db, user, task('t1', 'insert', { title: 'A' }), {
        ...task('t1', 'update', { title: 'old' }),
        fieldTimestamps: { title: '2020-01-01T00:00:00.000Z' },
      });
      const [title] = (await blame(user, 't1', true))?.fields ?? [];
      expect(title).toMatchObject({
        value: 'A',
        position: 1,
        others: [{ value: 'old', writtenAt: '2020-01-01T00:00:00.000Z' }],
      });
    });
  });

  describe('tail', () => {
    test('follows what comes without a gap or a repetition, also what comes while it connects', async () => {
      const user = newUser();
      const interrupt = new AbortController();
      const seen: number[] = [];
      await write(engine().db, user, ...[1, 2, 3].map((n) => task(`t${n}`, 'insert', { title: `${n}` })));
      const options = { newest: 2, follow: true, signal: interrupt.signal };
      const following = tailLog(engine().db, user, options, (changes) => {
        seen.push(...changes.map(({ position }) => position));
      });
      for (let n = 4; n <= 12; n++) await write(engine().db, user, task('t1', 'update', { title: `${n}` }));
      await vi.waitUntil(() => seen.at(-1) === 12, { timeout: 60_000, interval: 5 });
      await write(engine().db, user, task('t1', 'update', { title: 'last' }));
      await vi.waitUntil(() => seen.at(-1) === 13, { timeout: 60_000, interval: 5 });
      interrupt.abort();
      await following;
      expect(seen).toEqual(Array.from({ length: 13 - (seen[0] ?? 0) + 1 }, (_, n) => (seen[0] ?? 0) + n));
      expect(seen[0]).toBeGreaterThan(1);
    });

    test('looks again when the connection was made anew, whatever was not notified', async () => {
      const user = newUser();
      const interrupt = new AbortController();
      const deaf = deafTo(engine().db);
      const seen: number[] = [];
      await write(engine().db, user, task('t1', 'insert', { title: '1' }));
      const options = { newest: 10, follow: true, signal: interrupt.signal };
      const following = tailLog(deaf.db, user, options, (changes) => {
        seen.push(...changes.map(({ position }) => position));
      });
      await vi.waitUntil(() => seen.length === 1, { timeout: 60_000, interval: 5 });
      await write(engine().db, user, task('t1', 'update', { title: '2' }));
      deaf.connect();
      await vi.waitUntil(() => seen.length === 2, { timeout: 60_000, interval: 5 });
      interrupt.abort();
      await following;
      expect(seen).toEqual([1, 2]);
    });
  });
});

/** The database, of which no notification is heard; `connect` tells the listener that it is connected again. */
function deafTo(db: Database): { db: Database; connect(): void } {
  let connected = () => {};
  return {
    connect: () => connected(),
    db: {
      ...db,
      async listen(_, handlers) {
        connected = () => handlers.onConnected();
        connected();
        return { connected: () => true, close: async () => {} };
      },
    },
  };
}
