// What a proposal was made from, as a replica sees it change.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { type Actor, MISSION_RUNNER, USER } from '../../../src/core/log/actor.ts';
import type { Change } from '../../../src/core/log/change.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { appendChanges } from '../../../src/database/append-changes.ts';
import { withUser } from '../../../src/database/database.ts';
import { findWant } from '../../../src/web/pages/missions/list-missions.ts';
import { readProposal } from '../../../src/web/proposals/read-proposal.ts';
import { readStale } from '../../../src/web/proposals/read-stale.ts';
import type { Tab } from './device.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const NOTE = { appId: 'notes', table: 'notes', id: 'n1' };
const GONE = { appId: 'notes', table: 'notes', id: 'n2' };
const edit = (data: JsonObject) => ({ ...NOTE, op: 'update' as const, data });
const byPlan = (missionId: string, iterationId: string): Actor => ({
  ...{ kind: 'ai', missionId, iterationId, proposalId: `${iterationId}-0`, rationale: 'because' },
});

function onService(appId: string, tableName: string, recordId: string, data: JsonObject, actor: Actor = USER) {
  const op: Change['op'] = actor.kind === 'ai' ? 'update' : 'insert';
  return withUser(world.db, world.user, (tx) =>
    appendChanges(tx, world.user, [{ appId, tableName, recordId, op, data, actor }]),
  );
}

/** A device of the person, when their mission was planned from a note that is there and one that is not. */
async function plannedOn() {
  const fields = ['title', 'contentMarkdown'];
  const reads = [
    { ...NOTE, fields },
    { ...GONE, fields: ['deletedAt'] },
  ];
  await onService('notes', 'notes', 'n1', { title: 'Budget', contentMarkdown: '500' });
  await onService('ai', 'aiMissions', 'm1', {
    title: 'Move',
    objective: 'x',
    inputs: [NOTE, GONE],
    replanOn: 'inputs',
  });
  await onService('ai', 'aiIterations', 'm1-1', { missionId: 'm1', want: 1, sawPosition: 2, reads }, MISSION_RUNNER);
  await world.propose('m1-1-0');
  const device = world.newDevice();
  const tab = await device.openTab();
  await tab.untilState('live');
  await tab.untilSynced();
  return { device, tab };
}

async function stale(tab: Tab) {
  const row = await tab.getRecord('ai', 'aiProposals', 'm1-1-0');
  return row ? readStale(tab, defaultRegistry, readProposal(row, new Date())) : null;
}

async function want(tab: Tab) {
  const mission = await tab.getRecord('ai', 'aiMissions', 'm1');
  const want = mission ? await findWant(tab, mission, await tab.listIterationsOf('m1')) : null;
  return want && { reason: want.reason, isSent: want.position !== null };
}

test('an edit makes it out of date at once, before the service knows, and after', async () => {
  const { device, tab } = await plannedOn();
  expect(await stale(tab)).toEqual([]);
  expect(await want(tab)).toBeNull();
  device.goOffline();
  await tab.write(edit({ contentMarkdown: '700' }));
  expect(await stale(tab)).toEqual([{ name: 'Budget', what: 'changed', fields: ['contentMarkdown'] }]);
  expect(await want(tab)).toEqual({ reason: 'input_changed', isSent: false });
  device.goOnline();
  await tab.untilSynced();
  await tab.write(edit({ title: 'Money' }));
  await tab.untilSynced();
  expect(await stale(tab)).toEqual([{ name: 'Money', what: 'changed', fields: ['title', 'contentMarkdown'] }]);
  expect(await want(tab)).toEqual({ reason: 'input_changed', isSent: true });
});

test('so do the deletion of an input, which still has its name, and an input that appears', async () => {
  const { tab } = await plannedOn();
  await tab.write(
    { ...NOTE, op: 'delete' },
    { ...GONE, op: 'insert', data: { title: 'New', contentMarkdown: '' } },
    { appId: 'notes', table: 'notes', id: 'n3', op: 'insert', data: { title: 'Unread', contentMarkdown: '' } },
  );
  const both = [
    { name: 'Budget', what: 'deleted', fields: [] },
    { name: 'New', what: 'appeared', fields: [] },
  ];
  expect(await stale(tab)).toEqual(both);
  await tab.untilSynced();
  expect(await stale(tab)).toEqual(both);
});

test('its own effects do not, nor does what is not shown; what follows from it wants no plan of it', async () => {
  const { tab } = await plannedOn();
  await onService('notes', 'notes', 'n1', { contentMarkdown: 'by its sibling' }, byPlan('m1', 'm1-1'));
  await tab.write(edit({ colour: 'red' }));
  await tab.untilSynced();
  expect(await stale(tab)).toEqual([]);
  expect(await want(tab)).toBeNull();

  await onService('ai', 'aiIterations', 'm2-1', { missionId: 'm2', causedBy: ['m1'] }, MISSION_RUNNER);
  await onService('notes', 'notes', 'n1', { contentMarkdown: 'by m2, because of m1' }, byPlan('m2', 'm2-1'));
  await tab.write(edit({ colour: 'blue' }));
  await tab.untilSynced();
  expect(await stale(tab)).toEqual([{ name: 'Budget', what: 'changed', fields: ['contentMarkdown'] }]);
  expect(await want(tab)).toBeNull();
});

test('what is decided is out of date no more', async () => {
  const { device, tab } = await plannedOn();
  await tab.write(edit({ title: 'Money' }));
  device.goOffline();
  expect(await tab.decide({ proposalId: 'm1-1-0', decision: 'reject' })).toMatchObject({ ok: true });
  expect(await stale(tab)).toEqual([]);
  device.goOnline();
  await tab.untilSynced();
});
