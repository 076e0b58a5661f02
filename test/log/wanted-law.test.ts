import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { type Actor, MISSION_RUNNER, RULE, USER } from '../../src/core/log/actor.ts';
import type { Change, LoggedChange, Op } from '../../src/core/log/change.ts';
import { type FoldedRecord, foldChange } from '../../src/core/log/merge.ts';
import { userSession } from '../../src/database/database.ts';
import { canonical } from '../core/log/histories.ts';
import { newUser, onBothEngines, type TestEngine } from '../support/engines.ts';
import { appendSplit, HISTORY_TIMEOUT, ROW_BY_ROW, runs, split } from './append-split.ts';

const HISTORIES = 40;

const AI: Actor = { kind: 'ai', missionId: 'm1', iterationId: 'i0', proposalId: 'p0', rationale: 'asked for' };
const actor = fc.constantFrom<Actor[]>(USER, USER, USER, AI, MISSION_RUNNER, RULE, {
  kind: 'system',
  source: 'migration',
});

const minute = fc.integer({ min: 0, max: 7 }).map((n) => `2025-03-01T10:0${n}:00.000Z`);

/** Few values for each field, so that a write often wins and yet changes nothing. */
const MISSION_FIELDS: Record<string, Json[]> = {
  title: ['A', 'B', null],
  objective: ['A', 'B'],
  conceptMarkdown: [null, '', '- [ ] call'],
  inputs: [null, [], 'no list', [{ appId: 'notes', table: 'notes', id: 'n1' }]],
  cadence: [
    null,
    { kind: 'manual' },
    { kind: 'daily', atHour: 7, atMinute: 0 },
    { atMinute: 0, kind: 'daily', atHour: 7 },
  ],
  timeZone: [null, 'UTC', 'Europe/Berlin'],
  state: [null, 'active', 'active', 'paused', 'done', 'archived'],
  runRequestedAt: [null, '2025-03-01T10:00:00.000Z', '2025-03-01T11:00:00.000Z'],
  color: ['red', 'blue'],
  nextRunAt: ['2025-03-01T10:00:00.000Z', '2025-03-01T11:00:00.000Z'],
};
const ITERATION_FIELDS: Record<string, Json[]> = {
  missionId: ['m1', 'm1', 'm2'],
  feedback: [null, 'shorter', 'sooner'],
  summary: ['A', 'B'],
};

/** A history turns on a few fields of the mission, so that each of them goes from value to value. */
const history = fc
  .subarray(Object.keys(MISSION_FIELDS), { minLength: 1, maxLength: 4 })
  .chain((names) =>
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: changeOf('aiMissions', ['m1', 'm1', 'm2'], pick(MISSION_FIELDS, names)) },
        { weight: 2, arbitrary: changeOf('aiIterations', ['i1', 'i2'], ITERATION_FIELDS) },
        { weight: 1, arbitrary: changeOf('aiProposals', ['m1', 'i1'], ITERATION_FIELDS) },
      ),
      { minLength: 1, maxLength: 20, size: 'max' },
    ),
  );

onBothEngines((engine) => {
  test(
    'a mission is wanted once per change that alters what its plan is made from, however the history is cut',
    async () => {
      const seen = { wants: 0, losses: 0, silent: 0 };
      await fc.assert(
        fc.asyncProperty(history, split, split, async (changes, ...splits) => {
          for (const sizes of splits) {
            const user = newUser();
            await appendSplit(engine(), user, changes, sizes);
            const model = wantedBy(await readLog(engine(), user), seen);
            expect(await wantedInSql(engine(), user)).toEqual(model);
          }
        }),
        runs(HISTORIES),
      );
      // The histories do hold what the law is about: wants, writes that lose the merge, changes by those who never want.
      expect(Math.min(seen.wants, seen.losses, seen.silent)).toBeGreaterThan(0);
    },
    HISTORY_TIMEOUT,
  );

  test.each<[string, Json[]]>([
    ['conceptMarkdown', [null, '']],
    ['inputs', [null, [], 'no list']],
    ['cadence', [null, { kind: 'manual' }]],
    ['timeZone', [null, 'UTC']],
    ['state', [null, 'active']],
    ['color', ['red', 'blue']],
    ['nextRunAt', MISSION_FIELDS.nextRunAt!],
  ])('one to a plan, so none of them wants after another: %s %j', async (field, values) => {
    expect(await wantedAfter(engine(), field, [...values, ...values])).toEqual({ m1: 1 });
  });

  test.each<[string, Json[]]>([
    ['title', ['B', null]],
    ['objective', ['B', null]],
    ['conceptMarkdown', ['- [ ] call', null]],
    ['inputs', [[{ id: 'n1' }], [{ id: 'n2' }], []]],
    ['cadence', [{ kind: 'daily', atHour: 7, atMinute: 0 }, null]],
    ['timeZone', ['Europe/Berlin', null]],
    ['runRequestedAt', ['2025-03-01T10:00:00.000Z', '2025-03-01T11:00:00.000Z', null]],
  ])('each another plan, so each wants: %s %j', async (field, values) => {
    expect(await wantedAfter(engine(), field, [values[0]!])).toEqual({ m1: 2 });
    expect(await wantedAfter(engine(), field, values)).toEqual({ m1: 1 + values.length });
  });
});

/** How often a mission is wanted that is made without the field and then given it value by value. */
async function wantedAfter(engine: TestEngine, field: string, values: Json[]): Promise<Record<string, number>> {
  const user = newUser();
  const mission = { appId: 'ai', tableName: 'aiMissions', recordId: 'm1', actor: USER };
  await appendSplit(
    engine,
    user,
    [
      { ...mission, op: 'insert', data: { title: 'A', objective: 'A' } },
      ...values.map((value): Change => ({ ...mission, op: 'update', data: { [field]: value } })),
    ],
    ROW_BY_ROW,
  );
  return wantedInSql(engine, user);
}

/** The model. A log, in the order of its positions -> how often each mission was wanted. */
function wantedBy(
  log: LoggedChange[],
  seen: { wants: number; losses: number; silent: number },
): Record<string, number> {
  const missions = new Map<string, FoldedRecord>();
  const iterations = new Map<string, FoldedRecord>();
  const wanted: Record<string, number> = {};
  for (const change of log) {
    const records =
      change.tableName === 'aiMissions' ? missions : change.tableName === 'aiIterations' ? iterations : undefined;
    if (!records) continue;
    const before = records.get(change.recordId);
    const after = foldChange(before, change);
    records.set(change.recordId, after);
    if (canonical(before?.fieldMeta ?? {}) === canonical(after.fieldMeta)) seen.losses += 1;

    const missionId = records === missions ? change.recordId : String(after.data.missionId);
    if (records === missions) wanted[missionId] ??= 0;
    const altered =
      records === missions
        ? !isActive(before) || plannedFrom(before!) !== plannedFrom(after)
        : (before?.data.feedback ?? null) !== (after.data.feedback ?? null);
    if (!altered || !isActive(missions.get(missionId))) continue;
    // An AI and the runner never want; feedback is the person's alone.
    const may =
      records === missions ? change.actor.kind !== 'ai' && !isRunner(change.actor) : change.actor.kind === 'user';
    if (may) wanted[missionId] = wanted[missionId]! + 1;
    seen[may ? 'wants' : 'silent'] += 1;
  }
  return wanted;
}

function isActive(mission: FoldedRecord | undefined): boolean {
  return mission !== undefined && mission.deletedAt === null && (mission.data.state ?? 'active') === 'active';
}

function isRunner(actor: Actor): boolean {
  return actor.kind === 'system' && actor.source === 'mission-runner';
}

/** What a plan is made from; absent, null and the default are one. */
function plannedFrom({ data }: FoldedRecord): string {
  return canonical([
    data.title ?? null,
    data.objective ?? null,
    data.conceptMarkdown ?? '',
    Array.isArray(data.inputs) ? data.inputs : [],
    data.cadence ?? { kind: 'manual' },
    data.timeZone ?? 'UTC',
    data.runRequestedAt ?? null,
  ]);
}

function changeOf(tableName: string, recordIds: string[], pool: Record<string, Json[]>): fc.Arbitrary<Change> {
  const write = fc
    .constantFrom(...Object.keys(pool))
    .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...pool[name]!), minute));
  return fc
    .record({
      recordId: fc.constantFrom(...recordIds),
      op: fc.constantFrom<Op[]>('insert', 'update', 'update', 'update', 'update', 'update', 'update', 'delete'),
      writes: fc.uniqueArray(write, { selector: ([name]) => name, maxLength: 3 }),
      deletedAt: minute,
      clientId: fc.constantFrom('a', 'b', 'server'),
      actor,
    })
    .map(({ recordId, op, writes, deletedAt, clientId, actor }) => {
      const times = op === 'delete' ? [['deletedAt', deletedAt]] : writes.map(([name, , at]) => [name, at]);
      const data = op === 'delete' ? {} : Object.fromEntries(writes.map(([name, value]) => [name, value]));
      return {
        appId: 'ai',
        tableName,
        recordId,
        op,
        data,
        fieldTimestamps: Object.fromEntries(times),
        clientId,
        actor,
      };
    });
}

function pick(pool: Record<string, Json[]>, names: string[]): Record<string, Json[]> {
  return Object.fromEntries(names.map((name) => [name, pool[name]!]));
}

function readLog(engine: TestEngine, user: string) {
  return engine.db.run<LoggedChange>(
    userSession(user),
    sql`
    select table_name as "tableName", record_id as "recordId", data, client_id as "clientId",
           field_timestamps as "fieldTimestamps", position, actor
    from sync_changes order by position`,
  );
}

async function wantedInSql(engine: TestEngine, user: string): Promise<Record<string, number>> {
  const rows = await engine.db.run<{ id: string; wanted: number }>(
    userSession(user),
    sql`
    select mission_id as id, wanted from missions`,
  );
  return Object.fromEntries(rows.map(({ id, wanted }) => [id, wanted]));
}
