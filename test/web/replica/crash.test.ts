// The browser is killed between any two steps: nothing is lost, and nothing comes twice.
import { expect, test } from 'vitest';
import { readLog } from '../../http/sync-app.ts';
import { type Device, type Tab, until } from './device.ts';
import { newLife } from './life.ts';
import { editTask, expectSameRecords, task, useWorld } from './world.ts';

const world = useWorld();

/** What the person does; each of it once, whatever happens to the tab meanwhile. */
const acts: { name: string; isDone(tab: Tab): Promise<boolean>; act(tab: Tab): Promise<unknown> }[] = [
  {
    name: 'writes',
    isDone: async (tab) => (await tab.getRecord('todo', 'tasks', 't1')) !== undefined,
    act: (tab) => tab.write(task('t1'), task('t2')),
  },
  {
    name: 'approves',
    isDone: async (tab) => (await tab.getRecord('ai', 'aiProposals', 'p1'))?.data.status === 'approved',
    act: (tab) => tab.decide({ proposalId: 'p1', decision: 'approve' }),
  },
  {
    name: 'edits what is not confirmed',
    isDone: async (tab) => (await tab.getRecord('todo', 'tasks', 'p1'))?.data.title === 'edited',
    act: (tab) => tab.write(editTask('p1', { title: 'edited' })),
  },
];

/** Does what is not done yet and waits until all is synced; false: the tab died before, at the n-th of these steps. */
async function live(device: Device, step: string, n: number): Promise<{ survived: boolean; tab: Tab | null }> {
  const life = newLife();
  let tab: Tab | null = null;
  let count = 0;
  life.onStep = (one) => {
    if (one === step) count += 1;
    if (one !== step || count < n) return;
    life.end();
    tab?.crash();
  };
  const goOn = async () => {
    const made = await device.openTab({}, life);
    tab = made;
    await until(async () => !life.isAlive() || (await made.getRecord('ai', 'aiProposals', 'p1')) !== undefined);
    for (const { isDone, act } of acts) if (!(await isDone(made))) await act(made);
    await until(
      async () => !life.isAlive() || (made.syncState().name === 'live' && (await made.countUnsynced()) === 0),
    );
  };
  await Promise.race([goOn().catch((error) => life.isAlive() && Promise.reject(error)), life.ended]);
  return { survived: life.isAlive(), tab };
}

/** A step is a request, its answer, or a transaction that writes; the tab dies just before it. */
test.each([
  ...['send GET /sync/pull', 'answer GET /sync/pull', 'send GET /sync/stream', 'answer GET /sync/stream'],
  ...['send POST /sync/todo', 'answer POST /sync/todo', 'send POST /sync/ai', 'answer POST /sync/ai'],
  'write', // what the person does, what goes out next, the answer to a push, a page of the log
])('killed at each %s, and opened again', async (step) => {
  for (let n = 1; ; n++) {
    const user = world.nextUser();
    await world.propose('p1');
    const device = world.newDevice();
    const first = await live(device, step, n);
    if (first.survived) {
      expect(n).toBeGreaterThan(1);
      return;
    }
    const { survived, tab } = await live(device, '', 1);
    expect({ n, survived }).toEqual({ n, survived: true });
    const log = (await readLog(world.db, user)).map(({ tableName, recordId, op }) => `${op} ${tableName}/${recordId}`);
    expect({ n, log: log.sort() }).toEqual({
      n,
      log: [
        ...['insert aiProposals/p1', 'insert tasks/p1', 'insert tasks/t1', 'insert tasks/t2'],
        ...['update aiProposals/p1', 'update tasks/p1'],
      ],
    });
    await expectSameRecords(tab as Tab, world, 'todo');
    await expectSameRecords(tab as Tab, world, 'ai');
    expect(await tab?.getRecord('todo', 'tasks', 'p1')).toMatchObject({ data: { title: 'edited' } });
    expect(await tab?.listNotes()).toEqual([]);
    await tab?.close();
  }
});
