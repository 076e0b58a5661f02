// A replica against the real service, over HTTP.
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { USER } from '../../../src/core/log/actor.ts';
import { formatStamp } from '../../../src/core/log/stamp.ts';
import type { PushBody } from '../../../src/core/sync/wire.ts';
import { appendChanges } from '../../../src/database/append-changes.ts';
import { withUser } from '../../../src/database/database.ts';
import { readLog } from '../../http/sync-app.ts';
import { type Intercept, silentStream, until } from './device.ts';
import { editTask, expectSameRecords, task, useWorld } from './world.ts';

const world = useWorld();
const log = () => readLog(world.db, world.user);

/** A push of tasks that was refused for its time, at a moment when its time has come. */
async function arriveAt(body: string, at: Date): Promise<void> {
  const { clientId, changes } = JSON.parse(body) as PushBody;
  const stamp = formatStamp(at);
  const arrived = changes.map(({ eventId, table, id, op, fields = {} }) => ({
    ...{ id: eventId as string, appId: 'todo', tableName: table, recordId: id, op, clientId, actor: USER },
    data: Object.fromEntries(Object.entries(fields).map(([field, { value }]) => [field, value])),
    fieldTimestamps: Object.fromEntries(Object.keys(fields).map((field) => [field, stamp])),
  }));
  await withUser(world.db, world.user, (tx) => appendChanges(tx, world.user, arrived));
}

describe('a change', () => {
  test('is shown at once, and on another device as soon as it is pushed', async () => {
    const [phone, laptop] = [await world.newDevice().openTab(), await world.newDevice().openTab()];
    await Promise.all([phone.untilState('live'), laptop.untilState('live')]);
    expect(await phone.write(task('t1', { title: 'Buy milk' }))).toEqual({ ok: true });
    expect(await phone.listRecords('todo', 'tasks')).toMatchObject([{ id: 't1', data: { title: 'Buy milk' } }]);
    await phone.untilSynced();
    await until(async () => (await laptop.listRecords('todo', 'tasks')).length === 1);
    for (const tab of [phone, laptop]) {
      expect(await tab.listRecords('todo', 'tasks')).toEqual([
        {
          ...{ appId: 'todo', table: 'tasks', id: 't1', data: { title: 'Buy milk' } },
          ...{ firstPosition: 1, pending: false, unconfirmedBy: null },
        },
      ]);
      await expectSameRecords(tab, world, 'todo');
    }
    expect(await log()).toMatchObject([
      { appId: 'todo', recordId: 't1', actor: { kind: 'user' }, data: { title: 'Buy milk' } },
    ]);
  });

  test('made offline outlives a reload, and arrives once', async () => {
    const phone = world.newDevice();
    phone.goOffline();
    const first = await phone.openTab();
    await first.untilState('offline', 'no_network');
    await first.write(task('t1'), task('t2'));
    await first.write(editTask('t1', { title: 'edited' }));
    await first.write({ appId: 'todo', table: 'tasks', id: 't2', op: 'delete' });
    await first.close();

    const second = await phone.openTab();
    expect(await second.listRecords('todo', 'tasks')).toMatchObject([
      { id: 't1', data: { title: 'edited' }, pending: true },
    ]);
    expect(await second.countUnsynced()).toBe(4);
    phone.goOnline();
    await second.untilSynced();
    expect((await log()).map(({ op, recordId }) => `${op} ${recordId}`)).toEqual([
      ...['insert t1', 'insert t2', 'update t1', 'delete t2'],
    ]);
    await expectSameRecords(second, world, 'todo');
    expect(await second.listNotes()).toEqual([]);
  });

  test('goes by the thousand in batches of 200, in their order, apps apart', async () => {
    const phone = world.newDevice();
    phone.goOffline();
    const tab = await phone.openTab();
    for (let n = 0; n < 990; n += 10) await tab.write(...Array.from({ length: 10 }, (_, i) => task(`t${n + i}`)));
    await tab.write({ appId: 'notes', table: 'notes', id: 'n1', op: 'insert', data: { title: 'a note' } });
    await tab.write(...Array.from({ length: 10 }, (_, i) => task(`u${i}`)));
    const sizes: string[] = [];
    phone.intercept = async ({ method, path, body }, send) => {
      if (method === 'POST') sizes.push(`${path} ${(JSON.parse(body ?? '') as { changes: [] }).changes.length}`);
      return send();
    };
    phone.goOnline();
    await tab.untilSynced();
    expect(sizes).toEqual([
      ...Array.from({ length: 4 }, () => '/sync/todo 200'),
      ...['/sync/todo 190', '/sync/notes 1', '/sync/todo 10'],
    ]);
    const ids = (await log()).map(({ recordId }) => recordId);
    expect(ids).toEqual([
      ...Array.from({ length: 990 }, (_, n) => `t${n}`),
      'n1',
      ...Array.from({ length: 10 }, (_, i) => `u${i}`),
    ]);
    await expectSameRecords(tab, world, 'todo');
  });

  test('is not accepted when the service would not', async () => {
    const tab = await world.newDevice().openTab();
    const long = 'x'.repeat(1_000);
    expect(await tab.write(task('t1'), task('t2', { title: long, priority: 'odd' }))).toMatchObject({
      ok: false,
      reason: 'invalid',
      issues: [{ path: 'title' }, { path: 'priority' }],
    });
    expect(await tab.write(editTask('t1', {}))).toMatchObject({ ok: false, issues: [{ path: 'data' }] });
    expect(await tab.write(task(''))).toMatchObject({
      ok: false,
      issues: [{ path: 'id', message: 'must not be empty' }],
    });
    const iteration = { appId: 'ai', table: 'aiIterations', id: 'i', op: 'insert' as const, data: {} };
    expect(await tab.write(iteration)).toMatchObject({ ok: false, issues: [{ path: 'table' }] });
    expect(await tab.countUnsynced()).toBe(0);
    expect(await tab.listRecords('todo', 'tasks')).toEqual([]);
  });

  test('is not accepted when no service could read it: it would hold up all that follows', async () => {
    const tab = await world.newDevice().openTab();
    let deep: Json = 'x';
    for (let n = 0; n < 40; n++) deep = [deep];
    for (const [data, path] of [
      [{ x: deep }, ''],
      [{ x: { y: 'a\u0000b' } }, 'x.y'],
      [{ x: Number.NaN }, 'x'],
      [{ x: '\ud800' }, 'x'],
    ] as const) {
      const result = await tab.write({ appId: 'journal', table: 'pages', id: 'p', op: 'insert', data });
      expect(result).toMatchObject({ ok: false, reason: 'invalid', issues: [{ path: expect.stringContaining(path) }] });
    }
    const elsewhere = { appId: 'no such/app', table: 'pages', id: 'p', op: 'delete' as const };
    expect(await tab.write(elsewhere)).toMatchObject({ ok: false, issues: [{ path: 'appId' }] });
    expect(await tab.countUnsynced()).toBe(0);
  });

  test('leaves out what is undefined', async () => {
    const tab = await world.newDevice().openTab();
    const data = { title: 'a', notes: undefined } as unknown as JsonObject;
    expect(await tab.write(task('t1', data))).toEqual({ ok: true });
    await tab.untilSynced();
    expect(await tab.listNotes()).toEqual([]);
    await expectSameRecords(tab, world, 'todo');
  });

  test('that lost to a later one from elsewhere leaves a note; one that wrote the same does not', async () => {
    const [phone, laptop] = [world.newDevice(), world.newDevice()];
    const [early, late] = [await phone.openTab(), await laptop.openTab()];
    await early.write(task('t1', { title: 'Buy milk', notes: 'n' }));
    await early.untilSynced();
    await until(async () => (await late.getRecord('todo', 'tasks', 't1')) !== undefined);
    phone.goOffline();
    await early.write(editTask('t1', { title: 'Buy oat milk', notes: 'two litres' }));
    await late.write(editTask('t1', { title: 'Buy soy milk', notes: 'two litres' }));
    await late.untilSynced();
    phone.goOnline();
    await early.untilSynced();
    expect(await early.getRecord('todo', 'tasks', 't1')).toMatchObject({ data: { title: 'Buy soy milk' } });
    expect(await early.listNotes()).toMatchObject([
      {
        kind: 'overwritten',
        ...{ appId: 'todo', table: 'tasks', recordId: 't1', field: 'title' },
        pushed: { value: 'Buy oat milk' },
        winning: { value: 'Buy soy milk' },
      },
    ]);
    const [note] = await early.listNotes();
    await early.dismissNote(note?.id ?? '');
    expect(await early.listNotes()).toEqual([]);
  });
});

describe('a push', () => {
  /** Loses the answer to the first push that arrives. */
  const losingAnAnswer = (): Intercept => {
    let lost = false;
    return async ({ method }, send) => {
      const response = await send();
      if (method !== 'POST' || lost) return response;
      lost = true;
      throw new TypeError('the answer was lost');
    };
  };

  test('whose answer was lost changes nothing when it is pushed again', async () => {
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await tab.untilState('live');
    phone.intercept = losingAnAnswer();
    await tab.write(task('t1'));
    await tab.write(editTask('t1', { title: 'edited' }));
    await tab.untilState('offline', 'service_unreachable');
    expect(phone.waits()).toEqual([1_000]);
    phone.passTime(1_000);
    await tab.untilSynced();
    expect((await log()).map(({ op }) => op)).toEqual(['insert', 'update']);
    await expectSameRecords(tab, world, 'todo');
  });

  test('is done again even where the log has it already, as when its answer comes after all', async () => {
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await tab.untilState('live');
    // Nothing comes back: the rows stay in the outbox and are pushed again.
    let pushes = 0;
    phone.intercept = async ({ method, path, signal }, send) => {
      if (path === '/sync/pull' && pushes < 2) {
        const empty = { serverChanges: [], syncedUntil: (await tab.db.meta.get('cursor'))?.value, hasMore: false };
        return Response.json(empty);
      }
      if (path === '/sync/stream' && pushes < 2) return silentStream(signal);
      const response = await send();
      if (method === 'POST') pushes += 1;
      if (method === 'POST' && pushes === 1) throw new TypeError('the answer was lost');
      return response;
    };
    phone.goOffline();
    phone.goOnline();
    await tab.untilState('live');
    await tab.write(task('t1'));
    await tab.untilState('offline');
    tab.retry();
    await until(() => pushes === 2);
    await until(async () => (await tab.db.outbox.toArray()).every(({ state }) => state === 'acknowledged'));
    tab.retry();
    await tab.untilSynced();
    expect(await log()).toHaveLength(1);
    await expectSameRecords(tab, world, 'todo');
  });

  test('that was given up and stamped anew, and arrives after all, stays before what was made upon it', async () => {
    const phone = world.newDevice();
    phone.skewMs = 3_600_000;
    const tab = await phone.openTab();
    await tab.untilState('live');
    let first = '';
    phone.intercept = async ({ method, path, body, signal }, send) => {
      if (path.endsWith('/stream')) return silentStream(signal);
      if (method !== 'POST') return send();
      if (first === '') first = body ?? '';
      else {
        phone.intercept = (_, sendOn) => sendOn();
        await tab.write(editTask('t1', { title: 'second' }));
        await arriveAt(first, new Date(Date.now() + 50_000));
      }
      return send();
    };
    phone.goOffline();
    phone.goOnline();
    await tab.untilState('live');
    await tab.write(task('t1'));
    await tab.untilSynced();
    const changes = await log();
    expect(changes.map(({ data }) => data.title)).toEqual(['t1', 'second']);
    expect(changes.map(({ fieldTimestamps }) => fieldTimestamps.title).sort()).toEqual(
      changes.map(({ fieldTimestamps }) => fieldTimestamps.title),
    );
    expect(await tab.getRecord('todo', 'tasks', 't1')).toMatchObject({ data: { title: 'second' }, pending: false });
    expect(await tab.listNotes()).toEqual([]);
    await expectSameRecords(tab, world, 'todo');
  });

  test('that is too large for what stands in between goes in halves', async () => {
    const phone = world.newDevice();
    phone.goOffline();
    const tab = await phone.openTab();
    for (let n = 0; n < 10; n++) await tab.write(task(`t${n}`));
    const sizes: number[] = [];
    phone.intercept = async ({ method, body }, send) => {
      if (method !== 'POST') return send();
      sizes.push((JSON.parse(body ?? '') as { changes: [] }).changes.length);
      return (sizes.at(-1) ?? 0) > 3 ? new Response('too large', { status: 413 }) : send();
    };
    phone.goOnline();
    await tab.untilSynced();
    expect(sizes).toEqual([10, 5, 3, 7, 4, 2, 5, 3, 2]);
    expect(await log()).toHaveLength(10);
  });
});

describe('a change that the service refuses', () => {
  test('is set aside with its reason, and the rest goes on; it can be tried again or given up', async () => {
    const phone = world.newDevice();
    phone.goOffline();
    const tab = await phone.openTab();
    await tab.write(task('t1'), task('t2'), task('t3'));
    await tab.write(editTask('t2', { notes: 'of a task that is none' }));
    // As an older client would have written it.
    await tab.db.outbox
      .where('seq')
      .equals(2)
      .modify((row) => {
        if (row.change.fields?.title) row.change.fields.title.value = 5;
      });
    phone.goOnline();
    await tab.untilSynced();
    expect((await log()).map(({ recordId }) => recordId)).toEqual(['t1', 't3']);
    expect(await tab.getRecord('todo', 'tasks', 't2')).toBeUndefined();
    const [note] = await tab.listNotes();
    expect(note).toMatchObject({
      kind: 'refused',
      reason: 'invalid_request',
      issues: [{ path: 'fields.title.value' }],
      changes: [
        { appId: 'todo', change: { id: 't2', op: 'insert' } },
        { appId: 'todo', change: { id: 't2', op: 'update' } },
      ],
    });

    await tab.db.notes
      .where('id')
      .equals(note?.id ?? '')
      .modify((kept) => {
        if (kept.kind === 'refused' && kept.changes[0]?.change.fields?.title)
          kept.changes[0].change.fields.title.value = 'ok';
      });
    expect(await tab.retryRefused(note?.id ?? '')).toEqual({ ok: true });
    expect(await tab.retryRefused(note?.id ?? '')).toEqual({ ok: false, reason: 'nothing_to_retry' });
    await tab.untilSynced();
    expect(await tab.listNotes()).toEqual([]);
    expect(await tab.getRecord('todo', 'tasks', 't2')).toMatchObject({
      data: { title: 'ok', notes: 'of a task that is none' },
    });
    await expectSameRecords(tab, world, 'todo');
  });

  test('is set aside where it is too large by itself', async () => {
    const phone = world.newDevice();
    const tab = await phone.openTab();
    phone.intercept = async ({ method }, send) =>
      method === 'POST' ? Response.json({ code: 'body_too_large', detail: 'too large' }, { status: 413 }) : send();
    await tab.write(task('t1'));
    await until(async () => (await tab.listNotes()).length === 1);
    expect(await tab.listNotes()).toMatchObject([{ kind: 'refused', reason: 'body_too_large' }]);
    expect(await tab.countUnsynced()).toBe(0);
  });

  test('because its time lies in the future is stamped anew by the time of the service', async () => {
    const phone = world.newDevice();
    phone.skewMs = 3_600_000;
    const tab = await phone.openTab();
    await tab.write(task('t1'));
    await tab.write(editTask('t1', { title: 'second' }));
    await tab.untilSynced();
    expect((await log()).map(({ data }) => data.title)).toEqual(['t1', 'second']);
    await expectSameRecords(tab, world, 'todo');
    expect(await tab.listNotes()).toEqual([]);

    // From now on it goes by the service's clock, and later changes come later.
    const posts = phone.requests.filter(({ method }) => method === 'POST').length;
    await tab.write(editTask('t1', { title: 'third' }));
    await tab.untilSynced();
    expect(phone.requests.filter(({ method }) => method === 'POST')).toHaveLength(posts + 1);
    expect(await tab.getRecord('todo', 'tasks', 't1')).toMatchObject({ data: { title: 'third' } });
  });

  test('because its time lies in the future is stamped after what has arrived and not come back', async () => {
    const phone = world.newDevice();
    phone.intercept = async ({ path, signal }, send) => (path.endsWith('/stream') ? silentStream(signal) : send());
    const tab = await phone.openTab();
    await tab.untilState('live');
    phone.skewMs = 50_000;
    await tab.write(task('t1'));
    await until(async () => (await tab.db.outbox.toArray())[0]?.state === 'acknowledged');
    phone.skewMs = 3_600_000;
    await tab.write(editTask('t1', { title: 'second' }));
    await until(async () => (await log()).length === 2);
    phone.intercept = (_, send) => send();
    phone.goOffline();
    phone.goOnline();
    await tab.untilSynced();
    expect(await tab.getRecord('todo', 'tasks', 't1')).toMatchObject({ data: { title: 'second' } });
    await expectSameRecords(tab, world, 'todo');
  });
});
