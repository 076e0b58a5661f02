// A service that is away, busy, of another log, or wants to know who it is.
import { describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../../../src/web/replica/connect-service.ts';
import { readLog } from '../../http/sync-app.ts';
import { until } from './device.ts';
import { expectSameRecords, task, useWorld } from './world.ts';

const world = useWorld();
const log = () => readLog(world.db, world.user);

describe('the log', () => {
  test.each(['0000000000.900', 'of another make'])('that the cursor %s is not of', async (cursor) => {
    const phone = world.newDevice();
    const first = await phone.openTab();
    await first.write(task('t1'));
    await first.untilSynced();
    await first.db.meta.put({ name: 'cursor', value: cursor });
    await first.close();
    const again = await phone.openTab();
    await again.untilState('live');
    await expectSameRecords(again, world, 'todo');
    expect(phone.waits()).toEqual([]);
  });

  test('that was set back is read from the start, and what it lacks of the outbox is pushed', async () => {
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await tab.write(task('t1'));
    await tab.untilSynced();
    phone.goOffline();
    await tab.write(task('t2'));
    // Acknowledged, and lost by the log before it came back.
    await tab.write(task('t3'));
    await tab.db.outbox
      .toCollection()
      .last()
      .then((row) => row && tab.db.outbox.put({ ...row, state: 'acknowledged' }));
    await tab.db.meta.put({ name: 'cursor', value: '0000000000.900' });
    const lost = { appId: 'todo', table: 'tasks', id: 'lost' };
    await tab.db.records.put({ ...lost, data: {}, firstPosition: 900, pending: false, unconfirmedBy: null });
    await tab.db.confirmed.put({
      ...lost,
      record: { data: {}, fieldMeta: {}, deletedAt: null, firstPosition: 900, lastPosition: 900, actors: {} },
    });
    phone.goOnline();
    await tab.untilSynced();
    expect((await tab.listRecords('todo', 'tasks')).map(({ id }) => id)).toEqual(['t1', 't2', 't3']);
    expect((await log()).map(({ recordId }) => recordId)).toEqual(['t1', 't2', 't3']);
    await expectSameRecords(tab, world, 'todo');
  });
});

describe('the service', () => {
  test('that wants a token is not asked again until there is one', async () => {
    const phone = world.newDevice();
    let signedIn = false;
    phone.intercept = async (_, send) =>
      signedIn ? send() : Response.json({ code: 'unauthenticated', detail: 'no' }, { status: 401 });
    const tab = await phone.openTab();
    await tab.write(task('t1'));
    await tab.untilState('error', 'sign_in_needed');
    expect(phone.waits()).toEqual([]);
    expect(phone.requests).toHaveLength(1);
    signedIn = true;
    tab.retry();
    await tab.untilSynced();
    expect(await log()).toHaveLength(1);
  });

  test('gets no token of another person', async () => {
    const jwt = (sub: string) => `e30.${btoa(JSON.stringify({ sub }))}.x`;
    const phone = world.newDevice();
    const tab = await phone.openTab({ token: () => jwt('somebody else') });
    await tab.untilState('error', 'sign_in_needed');
    expect(phone.requests).toEqual([]);
  });

  test.each([429, 503, 507])('that answers %i is left alone for as long as it says', async (status) => {
    const phone = world.newDevice();
    let busy = true;
    phone.intercept = async (_, send) =>
      busy ? Response.json({ code: 'x', detail: 'x' }, { status, headers: { 'Retry-After': '7' } }) : send();
    const tab = await phone.openTab();
    await tab.write(task('t1'));
    await tab.untilState('offline', 'service_busy');
    await until(() => phone.waits().length === 1);
    expect(phone.waits()).toEqual([7_000]);
    busy = false;
    phone.passTime(7_000);
    await tab.untilSynced();
    expect(await log()).toHaveLength(1);
  });

  test('that takes a request and never answers is asked again', async () => {
    const phone = world.newDevice();
    phone.intercept = async ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const tab = await phone.openTab();
    await until(() => phone.requests.length === 1);
    phone.passTime(PATIENCE_MS);
    await tab.untilState('offline', 'service_unreachable');
    phone.intercept = (_, send) => send();
    await until(() => phone.waits().length === 1);
    phone.passTime(1_000);
    await tab.untilState('live');
  });

  test('that cannot be reached is tried more and more seldom, and at once when the network is back', async () => {
    const phone = world.newDevice();
    let reachable = false;
    phone.intercept = async (_, send) => {
      if (!reachable) throw new TypeError('fetch failed');
      return send();
    };
    const tab = await phone.openTab();
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      await until(() => phone.waits().length === 1);
      waits.push(phone.waits()[0] as number);
      phone.passTime(waits[n] as number);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    await tab.untilState('offline', 'service_unreachable');
    reachable = true;
    phone.goOnline();
    await tab.untilState('live');
  });

  test('that goes away while its stream is open is noticed', async () => {
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await tab.untilState('live');
    await until(() => phone.requests.some(({ path }) => path === '/sync/stream'));
    phone.goOffline();
    await tab.untilState('offline', 'no_network');
    phone.goOnline();
    await tab.untilState('live');
  });

  test('that refuses the client itself is an error, not an offence of a change', async () => {
    const phone = world.newDevice();
    phone.intercept = async ({ method }, send) =>
      method === 'POST' ? Response.json({ code: 'cross_origin', detail: 'no' }, { status: 403 }) : send();
    const tab = await phone.openTab();
    await tab.write(task('t1'));
    await tab.untilState('error', 'service_refused');
    expect(await tab.countUnsynced()).toBe(1);
    expect(await tab.listNotes()).toEqual([]);
    // More and more seldom, although it can be read all the while.
    for (const ms of [1_000, 2_000, 4_000]) {
      await until(() => phone.waits().length === 1);
      expect(phone.waits()).toEqual([ms]);
      phone.passTime(ms);
    }
  });
});
