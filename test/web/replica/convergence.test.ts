// Two replicas with random histories and random offline phases end with the service's bytes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLog } from '../../http/sync-app.ts';
import { type Tab, until } from './device.ts';
import { expectSameRecords, useWorld } from './world.ts';

const world = useWorld();

const who = fc.constantFrom(0, 1);
const value = fc.constantFrom('a', 'b', 'c', null, 1, true);
const fields = fc.dictionary(fc.constantFrom('title', 'notes', '__proto__', 'x'), value, { minKeys: 1, maxKeys: 3 });
const record = fc.record({
  appId: fc.constantFrom('journal', 'diary'),
  table: fc.constant('pages'),
  id: fc.constantFrom('r1', 'r2', 'r3'),
});
const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), who, proposal: fc.constantFrom('p1', 'p2') }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      who,
      record,
      op: fc.constantFrom('insert' as const, 'update' as const),
      fields,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), who, record }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      who,
      proposal: fc.constantFrom('p1', 'p2'),
      decision: fc.constantFrom('approve' as const, 'reject' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('undo' as const), who, proposal: fc.constantFrom('p1', 'p2') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('offline' as const, 'online' as const, 'reload' as const, 'settle' as const),
      who,
    }),
  },
);

test('whatever two replicas do, and whenever they can be reached', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 30 }),
      fc.tuple(fc.constantFrom(0, -3_600_000, 30_000), fc.constantFrom(0, 3_600_000)),
      async (steps, skews) => {
        world.nextUser();
        await world.propose('p1');
        await world.propose('p2', { params: { title: 'Buy bread' } });
        const devices = skews.map((skewMs) => Object.assign(world.newDevice(), { skewMs }));
        const tabs = await Promise.all(devices.map((device) => device.openTab()));
        await Promise.all(tabs.map((tab) => until(async () => (await tab.listProposalsOf('m1')).length === 2)));

        for (const one of steps) {
          const device = devices[one.who] as (typeof devices)[number];
          const tab = tabs[one.who] as Tab;
          if (one.kind === 'write')
            expect(await tab.write({ ...one.record, op: one.op, data: one.fields })).toEqual({ ok: true });
          else if (one.kind === 'delete')
            expect(await tab.write({ ...one.record, op: 'delete' })).toEqual({ ok: true });
          else if (one.kind === 'decide') await tab.decide({ proposalId: one.proposal, decision: one.decision });
          else if (one.kind === 'edit') await editWhatIsShown(tab, one.proposal);
          else if (one.kind === 'undo') await tab.undoDecision(one.proposal);
          else if (one.kind === 'offline') device.goOffline();
          else if (one.kind === 'online') device.goOnline();
          else if (one.kind === 'settle') device.isOnline() && (await tab.untilSynced());
          else {
            await tab.close();
            tabs[one.who] = await device.openTab();
          }
        }
        for (const device of devices) device.goOnline();
        await Promise.all(tabs.map((tab) => tab.untilSynced()));
        const log = await readLog(world.db, world.user);
        for (const tab of tabs) {
          await until(async () => String((await tab.db.meta.get('cursor'))?.value).endsWith(`.${log.length}`));
          for (const appId of ['journal', 'diary', 'ai', 'todo']) await expectSameRecords(tab, world, appId);
          // Whatever was decided twice, one decision stands, and its effects with it.
          const approved = (await tab.listProposalsOf('m1')).filter(({ data }) => data.status === 'approved');
          const made = (await tab.listRecords('todo', 'tasks')).map(({ id }) => id);
          expect(made.sort()).toEqual(approved.map(({ id }) => id));
          const refused = (await tab.listNotes()).filter((note) => note.kind === 'refused');
          expect(refused.filter(({ reason }) => reason !== 'record_gone')).toEqual([]);
          await tab.close();
        }
        const events = log.map(({ id }) => id);
        expect(new Set(events).size).toBe(events.length);
      },
    ),
    { numRuns: 12 },
  );
});

/** The person edits the task that a proposal has made, or is foreseen to make. */
async function editWhatIsShown(tab: Tab, id: string): Promise<void> {
  if (!(await tab.getRecord('todo', 'tasks', id))) return;
  await tab.write({ appId: 'todo', table: 'tasks', id, op: 'update', data: { title: 'edited' } });
}
