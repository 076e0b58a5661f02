// What happens when the browser gives no more storage: it is said, and nothing of what was stored is lost.
import { describe, expect, test } from 'vitest';
import { isQuotaError } from '../../../src/web/replica/quota-error.ts';
import { readLog } from '../../http/sync-app.ts';
import { until } from './device.ts';
import { type Life, newLife, type Transaction } from './life.ts';
import { expectSameRecords, task, useWorld } from './world.ts';

const world = useWorld();
const full = () => new DOMException('no more storage', 'QuotaExceededError');

/** The two ways in which browsers say it. */
const REFUSALS: [string, (transaction: Transaction) => void][] = [
  [
    'the value',
    (transaction) => {
      const open = transaction.objectStore.bind(transaction);
      transaction.objectStore = (name) => {
        const store = open(name);
        store.put = store.add = () => {
          throw full();
        };
        return store;
      };
    },
  ],
  [
    'the transaction, when all is written',
    (transaction) => {
      const dispatch = transaction.dispatchEvent.bind(transaction);
      transaction.dispatchEvent = (event) => {
        if (event.type !== 'complete') return dispatch(event);
        transaction._abort('QuotaExceededError');
        return true;
      };
    },
  ],
];

describe.each(REFUSALS)('a browser that refuses %s', (_, refuse) => {
  const fill = (life: Life) => {
    life.onWriting = refuse;
  };
  const empty = (life: Life) => {
    life.onWriting = () => {};
  };

  test('does not take what the person writes or decides, and it is said', async () => {
    await world.propose('p1');
    const life = newLife();
    const phone = world.newDevice();
    const tab = await phone.openTab({}, life);
    await until(async () => (await tab.listPendingProposals()).length === 1);
    phone.goOffline();
    await tab.write(task('t1'));
    await tab.untilState('offline');
    fill(life);
    expect(await tab.write(task('t2'))).toEqual({ ok: false, reason: 'storage_full' });
    expect(await tab.decide({ proposalId: 'p1', decision: 'approve' })).toMatchObject({ reason: 'storage_full' });
    expect(await tab.listRecords('todo', 'tasks')).toMatchObject([{ id: 't1' }]);
    expect(await tab.listPendingProposals()).toHaveLength(1);
    empty(life);
    phone.goOnline();
    await tab.untilSynced();
    expect((await readLog(world.db, world.user)).map(({ recordId }) => recordId)).toEqual(['p1', 't1']);
  });

  test('stops the sync with that reason, and it goes on where it stood when there is room', async () => {
    const life = newLife();
    const phone = world.newDevice();
    const [tab, laptop] = [await phone.openTab({}, life), await world.newDevice().openTab()];
    await tab.write(task('t1'));
    await tab.untilSynced();
    fill(life);
    await laptop.write(task('t2'));
    await laptop.untilSynced();
    await tab.untilState('error', 'storage_full');
    expect((await tab.listRecords('todo', 'tasks')).map(({ id }) => id)).toEqual(['t1']);
    await until(() => phone.waits().length === 1);
    phone.passTime(1_000);
    await until(() => phone.waits()[0] === 2_000);
    empty(life);
    phone.passTime(2_000);
    await until(async () => (await tab.listRecords('todo', 'tasks')).length === 2);
    await tab.untilState('live');
    await expectSameRecords(tab, world, 'todo');
  });
});

test('an error of another kind is none of storage', () => {
  const circular = new Error('x');
  circular.cause = circular;
  for (const other of [circular, null, 'QuotaExceededError', new TypeError('x')])
    expect(isQuotaError(other)).toBe(false);
  expect(isQuotaError(Object.assign(new Error('bulk'), { failures: [new Error('x'), full()] }))).toBe(true);
  expect(isQuotaError(new Error('x', { cause: full() }))).toBe(true);
});
