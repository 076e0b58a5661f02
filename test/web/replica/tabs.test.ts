// Several tabs of a browser, and several people.
import { liveQuery } from 'dexie';
import { describe, expect, test } from 'vitest';
import { databaseName } from '../../../src/web/replica/database.ts';
import { readLog } from '../../http/sync-app.ts';
import { until } from './device.ts';
import { expectSameRecords, task, useWorld } from './world.ts';

const world = useWorld();

describe('of two tabs', () => {
  test('one syncs, both see and write, and the other takes over when it closes', async () => {
    const phone = world.newDevice();
    const [first, second] = [await phone.openTab(), await phone.openTab()];
    await first.untilState('live');
    // Says what the first one does.
    await second.untilState('live');
    const pulls = () => phone.requests.filter(({ path }) => path === '/sync/pull').length;
    expect(pulls()).toBe(1);

    const seen: number[] = [];
    const watching = liveQuery(() => first.listRecords('todo', 'tasks')).subscribe(
      (tasks) => void seen.push(tasks.length),
    );
    await second.write(task('t1'));
    await until(() => seen.at(-1) === 1);
    await first.untilSynced();
    await until(async () => (await second.getRecord('todo', 'tasks', 't1'))?.pending === false);
    watching.unsubscribe();

    await first.close();
    await until(() => pulls() === 2);
    await second.untilState('live');
    await second.write(task('t2'));
    await second.untilSynced();
    expect(await readLog(world.db, world.user)).toHaveLength(2);
    await expectSameRecords(second, world, 'todo');
  });

  test('one may ask for another try of the other', async () => {
    const phone = world.newDevice();
    let signedIn = false;
    phone.intercept = async (_, send) =>
      signedIn ? send() : Response.json({ code: 'unauthenticated', detail: 'no' }, { status: 401 });
    const [first, second] = [await phone.openTab(), await phone.openTab()];
    await first.untilState('error', 'sign_in_needed');
    await second.untilState('error', 'sign_in_needed');
    signedIn = true;
    second.retry();
    await Promise.all([first.untilState('live'), second.untilState('live')]);
  });

  test('each gives way when it is closed before its turn', async () => {
    const phone = world.newDevice();
    const [first, second, third] = [await phone.openTab(), await phone.openTab(), await phone.openTab()];
    await first.untilState('live');
    await second.close();
    await first.close();
    await third.write(task('t1'));
    await third.untilSynced();
  });

  test('both may sync where the browser cannot choose one: the same comes of it', async () => {
    const phone = world.newDevice();
    phone.everyTabLeads = true;
    const tabs = [await phone.openTab(), await phone.openTab()];
    const laptop = await world.newDevice().openTab();
    for (let n = 0; n < 10; n++) {
      for (const [index, tab] of tabs.entries()) await tab.write(task(`t${n}-${index}`));
      await laptop.write(task(`u${n}`));
    }
    await laptop.untilSynced();
    for (const tab of tabs) {
      await until(async () => {
        // A tab that was slower than the other tries again after a while.
        for (const ms of phone.waits()) phone.passTime(ms);
        return (await tab.listRecords('todo', 'tasks')).length === 30 && (await tab.countUnsynced()) === 0;
      });
      await expectSameRecords(tab, world, 'todo');
    }
    expect(await readLog(world.db, world.user)).toHaveLength(30);
    phone.errors.length = 0;
  });
});

describe('signing out', () => {
  test('removes all that was stored, in every tab', async () => {
    const phone = world.newDevice();
    const told: string[] = [];
    const [first, second] = [await phone.openTab(), await phone.openTab({ onClosed: () => void told.push('closed') })];
    await first.write(task('t1'));
    await first.untilSynced();
    await first.signOut();
    await until(() => told.length === 1);
    await expect(second.listRecords('todo', 'tasks')).rejects.toThrow();
    const again = await phone.openTab();
    expect(await again.listRecords('todo', 'tasks')).toEqual([]);
    await until(async () => (await again.listRecords('todo', 'tasks')).length === 1);
  });
});

test('one person never sees what another has left', async () => {
  const phone = world.newDevice();
  const mine = await phone.openTab();
  await mine.write(task('t1'));
  await mine.untilSynced();
  await mine.close();
  const theirs = await phone.openTab({ userId: `${world.user}-other`, token: () => `${world.user}-other` });
  await theirs.untilState('live');
  expect(await theirs.listRecords('todo', 'tasks')).toEqual([]);
});

test('names of databases are as different as service and person are', () => {
  const names = [
    databaseName('https://a.example/', 'u'),
    databaseName('https://a.example:444', 'u'),
    databaseName('http://a.example', 'u'),
    databaseName('https://a.example', 'u"'),
  ];
  expect(new Set(names).size).toBe(4);
  expect(databaseName('https://a.example/app/', 'u')).toBe(names[0]);
});
