import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type Change, SCHEMA_VERSION } from '../../src/core/log/change.ts';
import { nextRun } from '../../src/core/missions/cadence.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { Read } from '../../src/core/planning/reads.ts';
import { stageFailure } from '../../src/core/planning/stage.ts';
import { RUNNER_SESSION, userSession, withUser } from '../../src/database/database.ts';
import { readRecord } from '../../src/database/read-records.ts';
import { readStale } from '../../src/missions/read-stale.ts';
import { replayIteration } from '../../src/replay/replay-iteration.ts';
import { claimMissions } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { history } from '../core/log/histories.ts';
import { newUser, onBothEngines, openTestPglite, openTestPostgres, type TestEngine } from '../support/engines.ts';
import { missionRow, write, writeMission } from '../support/missions.ts';
import { appendSplit, HISTORY_TIMEOUT, runs, split } from './append-split.ts';
import { archiveDirectory, archiveOf, everythingOf, exportTo, importFrom, writeZip } from './archive-world.ts';

const DAILY = { kind: 'daily', atHour: 7, atMinute: 0 } as const;
const inDirectory = archiveDirectory();

onBothEngines((engine) => {
  test(
    'what is exported and imported is the same to the byte, log, records and rows of missions, however the history is cut',
    async () => {
      let missions = 0;
      await fc.assert(
        fc.asyncProperty(history, split, async (changes, sizes) => {
          const [user, copy] = [newUser(), newUser()];
          const path = inDirectory(`${engine().db.kind}-${user}.zip`);
          await appendSplit(
            engine(),
            user,
            changes.map((change) => ({ ...change, actor: { kind: 'user' } }) as Change),
            sizes,
          );
          await exportTo(engine().db, user, path);
          expect(await importFrom(engine().db, copy, path)).toMatchObject({ ok: true, added: changes.length });
          const [before, after] = [await everythingOf(engine().db, user), await everythingOf(engine().db, copy)];
          expect({ ...after, missions: [] }).toEqual({ ...before, missions: [] });
          expect(after.missions.map(contentOf)).toEqual(before.missions.map(contentOf));
          missions += after.missions.length;
          for (const row of after.missions.map((text) => JSON.parse(text))) {
            expect(row.wanted).toBe(row.planned + Number(row.isQueued));
          }
          expect(await importFrom(engine().db, copy, path)).toMatchObject({ ok: true, added: 0 });
          expect(await everythingOf(engine().db, copy)).toEqual(after);
        }),
        runs(25),
      );
      expect(missions).toBeGreaterThan(0);
    },
    HISTORY_TIMEOUT,
  );

  test('missions arrive as they left: planned ones idle with their cadence, wanted ones queued', async () => {
    const [user, copy] = [newUser(), newUser()];
    const path = inDirectory(`${engine().db.kind}-missions.zip`);
    await writeMission(engine().db, user, 'idle', { cadence: DAILY });
    await writeMission(engine().db, user, 'edited', { cadence: DAILY });
    await writeMission(engine().db, user, 'told');
    await planAll(engine());
    await writeMission(engine().db, user, 'edited', { title: 'Anew' }, 'update');
    await write(engine().db, user, feedback('told-1', 'shorter'));
    await writeMission(engine().db, user, 'unplanned');
    await writeMission(engine().db, user, 'paused', { state: 'paused' });
    await exportTo(engine().db, user, path);
    const now = new Date();
    expect(await importFrom(engine().db, copy, path, { now })).toMatchObject({ ok: true, queued: 3 });
    expect((await everythingOf(engine().db, copy)).missions).toEqual((await everythingOf(engine().db, user)).missions);
    const idle = await missionRow(engine().db, copy, 'idle');
    expect(idle).toMatchObject({ wanted: 1, planned: 1, queued: false, nextRunAt: nextRun(DAILY, 'UTC', now) });
    expect(idle.dueAt).toEqual(idle.nextRunAt);
    expect(await missionRow(engine().db, copy, 'edited')).toMatchObject({ wanted: 2, planned: 1, queued: true });
    // What is queued is planned like any other, by the next number.
    await planAll(engine());
    expect(await missionRow(engine().db, copy, 'edited')).toMatchObject({ wanted: 2, planned: 2, queued: false });
  });

  test('wakes nobody, plans nothing, and tells the streams once', async () => {
    const [user, copy] = [newUser(), newUser()];
    const path = inDirectory(`${engine().db.kind}-quiet.zip`);
    await writeMission(engine().db, user, 'm1');
    await writeMission(engine().db, user, 'm1', { state: 'paused' }, 'update');
    await writeMission(engine().db, user, 'm2');
    await exportTo(engine().db, user, path);
    const heard: string[] = [];
    let connected = false;
    const listener = await engine().db.listen(['mission_wake', 'log_changed'], {
      onNotify: (channel, payload) => void heard.push(`${channel} ${payload}`),
      onConnected() {
        connected = true;
      },
      onError() {},
    });
    try {
      await vi.waitUntil(() => connected, { timeout: 60_000 });
      await importFrom(engine().db, copy, path);
      await engine().db.run(RUNNER_SESSION, sql`select pg_notify('mission_wake', 'the end')`);
      await vi.waitUntil(() => heard.includes('mission_wake the end'), { timeout: 60_000 });
    } finally {
      await listener.close();
    }
    // An embedded database has no other processes to tell.
    const told = engine().db.kind === 'postgres' ? [`log_changed ["${copy}"]`] : [];
    expect(heard).toEqual([...told, 'mission_wake the end']);
  });

  test('into a log that has others already: what it has stays, iterations are read by their own positions', async () => {
    const [user, copy] = [newUser(), newUser()];
    const path = inDirectory(`${engine().db.kind}-merge.zip`);
    await writeMission(engine().db, user, 'm1');
    await planAll(engine());
    await exportTo(engine().db, user, path);
    await write(engine().db, copy, task('here', 'Here'), task('too', 'Too'));
    expect(await importFrom(engine().db, copy, path)).toMatchObject({ ok: true, added: 2, queued: 0 });
    expect(await missionRow(engine().db, copy, 'm1')).toMatchObject({ wanted: 1, planned: 1, queued: false });
    expect((await everythingOf(engine().db, copy)).log).toHaveLength(4);
    expect(await importFrom(engine().db, copy, path)).toMatchObject({ ok: true, added: 0 });
  });

  test('what an iteration saw is told by the positions here: no card is stale for it, and it replays; there and back', async () => {
    const [user, copy] = [newUser(), newUser()];
    const [out, back] = [inDirectory(`${engine().db.kind}-out.zip`), inDirectory(`${engine().db.kind}-back.zip`)];
    const inputs = [{ appId: 'todo', table: 'tasks', id: 't1' }];
    await write(engine().db, user, task('t1', 'Read'));
    await writeMission(engine().db, user, 'm1', { inputs });
    await planAll(engine(), [{ appId: 'todo', table: 'tasks', id: 't1', fields: ['title'] }]);
    await exportTo(engine().db, user, out);
    await write(engine().db, copy, task('here', 'Here'), task('too', 'Too'), task('three', 'Three'));
    expect(await importFrom(engine().db, copy, out)).toMatchObject({ ok: true, added: 3 });
    const saw = (of: string) =>
      withUser(engine().db, of, async (tx) => {
        const iteration = await readRecord(tx, 'ai', 'aiIterations', 'm1-1');
        return { saw: iteration?.data.sawPosition, stale: (await readStale(tx, ['m1-1'])).get('m1-1') };
      });
    expect([await saw(user), await saw(copy)]).toEqual([
      { saw: 2, stale: null },
      { saw: 5, stale: null },
    ]);
    const deps = { db: engine().db, registry: defaultRegistry, signal: new AbortController().signal };
    // Nothing but the failure was recorded: that it is found at all is what matters.
    expect(await replayIteration(deps, copy, 'm1-1')).toMatchObject({ reason: 'nothing_recorded' });

    await exportTo(engine().db, copy, back);
    expect(await importFrom(engine().db, user, back)).toMatchObject({ ok: true, added: 3 });
    expect(await importFrom(engine().db, copy, out)).toMatchObject({ ok: true, added: 0 });
    await write(engine().db, copy, task('t1', 'Read anew'));
    expect((await saw(copy)).stale).toEqual([expect.objectContaining({ id: 't1', field: 'title' })]);
  });

  test('an archive that tells more of a mission than there is here: numbers go on after all of them', async () => {
    const [user, copy] = [newUser(), newUser()];
    const [early, late] = [inDirectory(`${engine().db.kind}-1.zip`), inDirectory(`${engine().db.kind}-2.zip`)];
    await writeMission(engine().db, user, 'm1');
    await planAll(engine());
    await exportTo(engine().db, user, early);
    await importFrom(engine().db, copy, early);
    await writeMission(engine().db, user, 'm1', { title: 'Anew' }, 'update');
    await planAll(engine());
    await exportTo(engine().db, user, late);
    expect(await importFrom(engine().db, copy, late)).toMatchObject({ ok: true, added: 2, queued: 0 });
    expect(await missionRow(engine().db, copy, 'm1')).toMatchObject({ wanted: 2, planned: 2, queued: false });
    await writeMission(engine().db, copy, 'm1', { title: 'Here' }, 'update');
    expect(await missionRow(engine().db, copy, 'm1')).toMatchObject({ wanted: 3, queued: true });
  });

  test('arrival is kept, never before what is there and never in the future, and only for an import', async () => {
    const user = newUser();
    const path = inDirectory(`${engine().db.kind}-arrival.zip`);
    const at = ['2020-01-01T00:00:00.000001Z', '2019-01-01T00:00:00.000000Z', '2999-01-01T00:00:00.000000Z'];
    await writeZip(path, archiveOf(at.map((createdAt, n) => line(n + 1, { createdAt })).join('')));
    const started = Date.now();
    await importFrom(engine().db, user, path);
    const rows = await engine().db.run<{ at: Date; text: string }>(
      userSession(user),
      sql`select created_at as at, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as text
          from sync_changes order by position`,
    );
    expect(rows.slice(0, 2).map(({ text }) => text)).toEqual(Array(2).fill('2020-01-01 00:00:00.000001'));
    expect(rows[2]!.at.getTime()).toBeGreaterThanOrEqual(started - 1_000);
    expect(rows[2]!.at.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
    // Whoever is no operator can neither set an arrival nor call the import.
    const insert = sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, actor, created_at)
      values (${user}, 'todo', 'tasks', 't', 'insert', '{"kind":"user"}', '2020-01-01')`;
    await expect(engine().db.run(userSession(user), insert)).rejects.toMatchObject({ code: '42501' });
    for (const session of [userSession(user), RUNNER_SESSION]) {
      await expect(engine().db.run(session, sql`select import_changes('[]')`)).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('an event id that stands for something else here is told, and its batch is not imported', async () => {
    const user = newUser();
    const path = inDirectory(`${engine().db.kind}-conflict.zip`);
    await write(engine().db, user, { ...task('t2', 'Another'), id: 'e2' });
    const before = await everythingOf(engine().db, user);
    await writeZip(path, archiveOf([line(1), line(2), line(3)].join('')));
    expect(await importFrom(engine().db, user, path)).toMatchObject({
      ok: false,
      reason: 'change_refused',
      position: 2,
      id: 'e2',
    });
    expect(await everythingOf(engine().db, user)).toEqual(before);
  });

  test('a change of a newer build is refused, by its line', async () => {
    const user = newUser();
    const path = inDirectory(`${engine().db.kind}-versions.zip`);
    await writeZip(path, archiveOf(line(1) + line(2, { schemaVersion: SCHEMA_VERSION + 1 })));
    expect(await importFrom(engine().db, user, path)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^line 2: schemaVersion: is 2, made by a newer build/),
    });
    expect((await everythingOf(engine().db, user)).log).toEqual([]);
  });

  test('stopped between any two batches, it goes on when it is given again', async () => {
    const [user, copy, whole] = [newUser(), newUser(), newUser()];
    const path = inDirectory(`${engine().db.kind}-stopped.zip`);
    await writeMission(engine().db, user, 'm1');
    await planAll(engine());
    await write(engine().db, user, ...Array.from({ length: 1_200 }, (_, n) => task(`t${n}`, 'T')));
    await writeMission(engine().db, user, 'm1', { title: 'Anew' }, 'update');
    await exportTo(engine().db, user, path);
    await importFrom(engine().db, whole, path);
    for (const batches of [0, 1, 2]) {
      let imported = 0;
      const stop = importFrom(engine().db, copy, path, {
        onImported() {
          imported += 1;
        },
        checkInterrupt() {
          if (imported > 0 && imported >= batches) throw new Error('stopped');
        },
      });
      await expect(stop).rejects.toThrow('stopped');
      expect(await missionRow(engine().db, copy, 'm1')).toMatchObject({ queued: false, claimed: false, dueAt: null });
    }
    expect(await importFrom(engine().db, copy, path)).toMatchObject({ ok: true, queued: 1 });
    expect(await everythingOf(engine().db, copy)).toEqual(await everythingOf(engine().db, whole));
  });
});

test('from one engine into the other and back it is the same to the byte', async () => {
  const [embedded, server] = await Promise.all([openTestPglite(), openTestPostgres()]);
  try {
    const [there, back] = [inDirectory('there.zip'), inDirectory('back.zip')];
    // Numbers that a double cannot hold come by SQL, and must not be rounded on their way.
    await embedded.db.run(
      userSession('ada'),
      sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
          values ('ada', 'todo', 'tasks', 't', 'insert', '{"n": 12345678901234567890.10, "e": 1e400}', '{"kind":"user"}')`,
    );
    await write(embedded.db, 'ada', task('ü\u{1f600}', 'tab\t"quoted" \\ line\n \u2028'));
    await exportTo(embedded.db, 'ada', there);
    await importFrom(server.db, 'ada', there, { fromAnotherUser: false });
    expect(await everythingOf(server.db, 'ada')).toEqual(await everythingOf(embedded.db, 'ada'));
    await exportTo(server.db, 'ada', back);
    await importFrom(embedded.db, 'ben', back);
    expect(await everythingOf(embedded.db, 'ben')).toEqual(await everythingOf(embedded.db, 'ada'));
  } finally {
    await Promise.all([embedded.close(), server.close()]);
  }
});

/** Records a failed iteration for every mission that wants a plan, as a runner would. */
async function planAll({ db }: TestEngine, reads: Read[] | null = null): Promise<void> {
  const now = new Date();
  for (const claim of await claimMissions(db, {
    runner: 'x',
    limit: 99,
    leaseMs: 30_000,
    perUser: 99,
    now: null,
    budget: null,
  })) {
    const attempt = {
      missionId: claim.missionId,
      want: claim.want,
      model: 'none',
      sawPosition: claim.position,
      reads,
      causedBy: claim.causes,
    };
    const changes = stageFailure(
      { ...attempt, startedAt: now, finishedAt: now, modelCalls: 0, inputTokens: 0, outputTokens: 0 },
      { reason: 'model_refused', message: 'no' },
    );
    const written = {
      claim,
      changes,
      failed: true,
      nextRunAt: claim.mission.cadence ? nextRun(DAILY, 'UTC', now) : null,
    };
    expect(await recordPlan(db, written, null)).toBe('recorded');
  }
}

function task(recordId: string, title: string): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title }, actor: { kind: 'user' } };
}

function feedback(iterationId: string, text: string): Change {
  return { ...task(iterationId, ''), appId: 'ai', tableName: 'aiIterations', op: 'update', data: { feedback: text } };
}

function line(position: number, over: object = {}): string {
  const at = '2020-01-01T00:00:00.000Z';
  const change = {
    ...{ position, id: `e${position}`, appId: 'todo', tableName: 'tasks', recordId: `t${position}`, op: 'insert' },
    ...{ data: { title: 'T' }, fieldTimestamps: { title: at, deletedAt: at }, clientId: 'c', schemaVersion: 1 },
    ...{ actor: { kind: 'user' }, createdAt: '2020-01-01T00:00:00.000000Z' },
  };
  return `${JSON.stringify({ ...change, ...over })}\n`;
}

function contentOf(row: string) {
  const { mission_id, state, cadence, time_zone, deleted_at } = JSON.parse(row);
  return { mission_id, state, cadence, time_zone, deleted_at };
}
