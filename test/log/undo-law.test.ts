import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { type Actor, MISSION_RUNNER, USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import type { FieldMeta } from '../../src/core/log/merge.ts';
import { isServerOwned } from '../../src/core/modules/missions-module.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { type UndoTarget, undoChanges } from '../../src/log/undo/undo-changes.ts';
import type { UndoReport } from '../../src/log/undo/undo-report.ts';
import { canonical, history } from '../core/log/histories.ts';
import { newUser, onBothEngines, type TestEngine } from '../support/engines.ts';
import { missionRow, write, writeMission } from '../support/missions.ts';
import { appendSplit, HISTORY_TIMEOUT, runs, split } from './append-split.ts';

const HISTORIES = 40;

const aiOf = (iterationId: string): Actor => ({
  ...{ kind: 'ai', missionId: 'm', iterationId, proposalId: `${iterationId}-0`, rationale: 'asked for' },
});
const AI = aiOf('it');
const actor = fc.constantFrom<Actor[]>(USER, USER, AI, AI, aiOf('other'));

/** What several clients and two plans have written, in any order. */
const edited = history.chain((changes) =>
  fc
    .array(actor, { minLength: changes.length, maxLength: changes.length })
    .map((actors) => changes.map((change, n): Change => ({ ...change, actor: actors[n]! }))),
);

onBothEngines((engine) => {
  test(
    'after random edits an undo of an iteration never overwrites what others wrote, and its undo leaves all as it was',
    async () => {
      const seen = { back: 0, kept: 0 };
      await fc.assert(
        fc.asyncProperty(edited, split, async (changes, sizes) => {
          const user = newUser();
          await write(engine().db, user, { ...iteration('it'), actor: MISSION_RUNNER });
          await appendSplit(engine(), user, changes, sizes);
          const taken = await positionsOf(engine(), user, 'it');
          const before = await recordsOf(engine(), user);

          const foretold = await undo(engine(), user, { kind: 'iteration', id: 'it' }, true);
          expect(await recordsOf(engine(), user)).toEqual(before);
          const done = await undo(engine(), user, { kind: 'iteration', id: 'it' });
          expect(done.records).toEqual(foretold.records);
          const after = await recordsOf(engine(), user);
          for (const [key, { fieldMeta }] of before) {
            for (const [field, { position }] of Object.entries(fieldMeta)) {
              if (!taken.has(position)) expect(after.get(key)?.fieldMeta[field]?.position).toBe(position);
            }
          }
          for (const { back, kept, ...record } of done.records) {
            seen.back += back.length;
            seen.kept += kept.length;
            const held = after.get(`${record.appId}/${record.table}/${record.id}`);
            for (const { field, to } of back) expect(ownIn(held?.data, field)).toEqual(to);
          }

          expect((await undo(engine(), user, { kind: 'iteration', id: 'it' })).positions).toBeNull();
          if (done.positions) {
            await undo(engine(), user, { kind: 'range', ...done.positions });
            expect(valuesOf(await recordsOf(engine(), user))).toEqual(valuesOf(before));
          }
        }),
        runs(HISTORIES),
      );
      expect(Math.min(seen.back, seen.kept)).toBeGreaterThan(0);
    },
    HISTORY_TIMEOUT,
  );

  test('it is the person who takes back, by changes that are later than all others, and told in one stretch', async () => {
    const user = newUser();
    await write(
      engine().db,
      user,
      { ...iteration('it'), actor: MISSION_RUNNER },
      { ...task('t1', 'insert', { title: 'A', completed: false }), actor: USER },
      // A device whose clock runs ahead by as much as the log takes.
      { ...task('t1', 'update', { title: 'B' }), actor: AI, fieldTimestamps: { title: ahead(50_000) } },
      { ...task('it-0', 'insert', { title: 'New' }), actor: AI },
    );
    const report = await undo(engine(), user, { kind: 'iteration', id: 'it' });
    expect(report).toMatchObject({
      dryRun: false,
      positions: { from: 5, to: 6 },
      records: [
        { id: 't1', label: 'B', outcome: 'restored', back: [{ field: 'title', from: 'B', to: 'A' }], kept: [] },
        { id: 'it-0', label: 'New', outcome: 'deleted', back: [], kept: [] },
      ],
    });
    const log = await engine().db.run(
      userSession(user),
      sql`select id, op, data, actor, client_id from sync_changes where position > 4 order by position`,
    );
    expect(log).toMatchObject([
      { id: expect.stringMatching(/^undo-[0-9a-f]{32}$/), op: 'update', data: { title: 'A' }, actor: USER },
      { id: expect.stringMatching(/^undo-/), op: 'delete', actor: USER },
    ]);
    const records = await recordsOf(engine(), user);
    expect(records.get('todo/tasks/t1')?.data).toEqual({ title: 'A', completed: false });
    expect(records.get('todo/tasks/it-0')?.deletedAt).not.toBeNull();
  });

  test('a range takes back whoever wrote it, the service’s own books aside', async () => {
    const user = newUser();
    await write(
      engine().db,
      user,
      { ...task('t1', 'insert', { title: 'A' }), actor: USER },
      { ...iteration('it'), actor: MISSION_RUNNER },
      { ...iteration('it'), op: 'update', data: { feedback: 'shorter' }, actor: USER },
      { ...task('t1', 'update', { title: 'B' }), actor: USER },
      { ...task('t1', 'update', { title: 'C' }), actor: AI },
      { ...task('t2', 'insert', { title: 'mine' }), actor: USER },
    );
    const report = await undo(engine(), user, { kind: 'range', from: 2, to: 6 });
    expect(report.records.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['t1', 'restored'],
      ['t2', 'deleted'],
    ]);
    expect((await recordsOf(engine(), user)).get('ai/aiIterations/it')?.data).toMatchObject({ feedback: 'shorter' });
  });

  test('a mission that is taken back is deleted, what it proposes goes with it, and it is planned no more', async () => {
    const user = newUser();
    await writeMission(engine().db, user, 'm1');
    await write(engine().db, user, {
      ...{ appId: 'ai', tableName: 'aiProposals', recordId: 'm1-1-0', op: 'insert', actor: MISSION_RUNNER },
      data: { missionId: 'm1', status: 'pending' },
    });
    const report = await undo(engine(), user, { kind: 'range', from: 1, to: 1 });
    expect(report.positions).toEqual({ from: 3, to: 3 });
    const records = await recordsOf(engine(), user);
    expect(records.get('ai/aiProposals/m1-1-0')?.data).toMatchObject({ status: 'superseded' });
    expect((await missionRow(engine().db, user, 'm1')).queued).toBe(false);

    await undo(engine(), user, { kind: 'range', from: 3, to: 3 });
    expect((await recordsOf(engine(), user)).get('ai/aiMissions/m1')?.deletedAt).toBeNull();
    expect((await missionRow(engine().db, user, 'm1')).queued).toBe(true);
  });

  test('two that take back at once: one does it, the other finds nothing to do', async () => {
    const user = newUser();
    await write(
      engine().db,
      user,
      { ...iteration('it'), actor: MISSION_RUNNER },
      { ...task('it-0', 'insert', { title: 'New' }), actor: AI },
    );
    const reports = await Promise.all([1, 2, 3].map(() => undo(engine(), user, { kind: 'iteration', id: 'it' })));
    expect(reports.flatMap(({ positions }) => positions ?? [])).toEqual([{ from: 3, to: 3 }]);
  });

  test('what there is not is null; another user’s iteration is what there is not', async () => {
    const [user, other] = [newUser(), newUser()];
    await write(engine().db, other, { ...iteration('it'), actor: MISSION_RUNNER });
    for (const kind of ['iteration', 'proposal'] as const) {
      expect(await attempt(engine(), user, { kind, id: 'it' })).toBeNull();
    }
    expect(await undo(engine(), other, { kind: 'iteration', id: 'it' })).toEqual({
      ...{ dryRun: false, positions: null, records: [] },
    });
  });
});

function iteration(recordId: string): Omit<Change, 'actor'> {
  return { appId: 'ai', tableName: 'aiIterations', recordId, op: 'insert', data: { missionId: 'm', want: 1 } };
}

function task(recordId: string, op: Change['op'], data: Change['data']): Omit<Change, 'actor'> {
  return { appId: 'todo', tableName: 'tasks', recordId, op, data };
}

function ahead(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

function attempt({ db }: TestEngine, user: string, target: UndoTarget, dryRun = false) {
  const options = { userId: user, registry: defaultRegistry, now: new Date(), dryRun };
  return withUser(db, user, (tx) => undoChanges(tx, target, options));
}

async function undo(engine: TestEngine, user: string, target: UndoTarget, dryRun = false): Promise<UndoReport> {
  const report = await attempt(engine, user, target, dryRun);
  if (!report) throw new Error('nothing of that name');
  return report;
}

interface Held {
  data: Record<string, Json>;
  fieldMeta: Record<string, FieldMeta>;
  deletedAt: Date | null;
}

async function recordsOf({ db }: TestEngine, user: string): Promise<Map<string, Held>> {
  const rows = await db.run<Held & { key: string }>(
    userSession(user),
    sql`select app_id || '/' || table_name || '/' || record_id as key, data, field_meta as "fieldMeta",
               deleted_at as "deletedAt" from records order by 1`,
  );
  return new Map(rows.map(({ key, ...record }) => [key, record]));
}

/** Absent is null, and of a deletion only that it is one. */
function valuesOf(records: Map<string, Held>): string[] {
  return [...records].map(([key, { data, deletedAt }]) => {
    const values = Object.entries(data).filter(([, value]) => value !== null);
    return `${key} ${canonical(Object.fromEntries(values))} ${deletedAt === null}`;
  });
}

function ownIn(data: Record<string, Json> | undefined, field: string): Json {
  return data && Object.hasOwn(data, field) ? (data[field] ?? null) : null;
}

/** The positions of what an iteration has changed. */
async function positionsOf({ db }: TestEngine, user: string, iterationId: string): Promise<Set<number>> {
  const rows = await db.run<{ position: number; appId: string; table: string }>(
    userSession(user),
    sql`select position, app_id as "appId", table_name as "table" from sync_changes
        where actor ->> 'iterationId' = ${iterationId}`,
  );
  return new Set(rows.filter(({ appId, table }) => !isServerOwned(appId, table)).map(({ position }) => position));
}
