// Replicas against the real service, over HTTP.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newUser } from '../../support/engines.ts';
import { type SyncServerOn, startSyncServerOn } from '../../support/sync-server.ts';
import { type Device, newDevice, until } from './device.ts';

let service: SyncServerOn;
let user: string;
let devices: Device[];
beforeAll(async () => {
  service = await startSyncServerOn('pglite');
});
afterAll(() => service?.close());
beforeEach(() => {
  user = newUser();
  devices = [];
});
afterEach(async () => {
  await Promise.all(devices.map((device) => device.close()));
  expect(devices.flatMap(({ errors }) => errors)).toEqual([]);
});

function device(): Device {
  const made = newDevice(service.url, user);
  devices.push(made);
  return made;
}
const task = (id: string, title = id) => ({
  appId: 'todo',
  table: 'tasks',
  id,
  op: 'insert' as const,
  data: { title },
});

describe('a change', () => {
  test('is shown at once, and on another device as soon as it is pushed', async () => {
    const [phone, laptop] = [await device().openTab(), await device().openTab()];
    await Promise.all([phone.untilState('live'), laptop.untilState('live')]);
    expect(await phone.write(task('t1', 'Buy milk'))).toEqual({ ok: true });
    expect(await phone.listRecords('todo', 'tasks')).toMatchObject([{ id: 't1', data: { title: 'Buy milk' } }]);
    await phone.untilSynced();
    expect(await phone.listRecords('todo', 'tasks')).toMatchObject([{ id: 't1', pending: false }]);
    await until(async () => (await laptop.listRecords('todo', 'tasks')).length === 1);
    expect(await laptop.getRecord('todo', 'tasks', 't1')).toMatchObject({
      data: { title: 'Buy milk' },
      pending: false,
    });
  });
});
