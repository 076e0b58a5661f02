import { expect, test } from 'vitest';
import { type Actor, USER } from '../../../src/core/log/actor.ts';
import type { WireChange } from '../../../src/core/sync/wire.ts';
import { addChanges, isWhole, newStretch } from '../../../src/web/replica/log-stretch.ts';

const at = (second: number) => `2026-03-01T10:00:0${second}.000Z`;
const effectOf = (proposalId: string): Actor => ({
  ...{ kind: 'ai', missionId: 'm', iterationId: 'm-1', proposalId, rationale: 'because' },
});

function change(position: number, over: Partial<WireChange> = {}): WireChange {
  return {
    ...{ eventId: `e${position}`, appId: 'todo', table: 'tasks', id: 't1', op: 'update', clientId: 'server' },
    ...{ fields: { title: { value: position, updatedAt: at(position) } }, actor: USER },
    ...{ schemaVersion: 1, position, createdAt: at(position) },
    ...over,
  };
}
const decision = (position: number, clientId = 'phone') =>
  change(position, { appId: 'ai', table: 'aiProposals', id: 'p1', clientId });

function mayBeStored(changes: WireChange[], hasMore = true): boolean {
  const stretch = newStretch(undefined);
  for (const one of changes) addChanges(stretch, [one], String(one.position), 'phone');
  return isWhole(stretch, hasMore);
}

test('a stretch that ends with a decision of this device, or with an effect of it, may not be whole', () => {
  expect(mayBeStored([decision(1)])).toBe(false);
  expect(mayBeStored([decision(1), change(2, { actor: effectOf('p1') })])).toBe(false);
  expect(mayBeStored([change(1), decision(2), change(3, { actor: effectOf('p1') })])).toBe(false);
});

test('it is where the log ends, or something else follows', () => {
  expect(mayBeStored([decision(1)], false)).toBe(true);
  expect(mayBeStored([decision(1), change(2)])).toBe(true);
  expect(mayBeStored([decision(1), change(2, { actor: effectOf('p2') })])).toBe(true);
  expect(mayBeStored([decision(1), decision(2, 'laptop')])).toBe(true);
});

test('what others decide and what nobody decided is whole anywhere', () => {
  expect(mayBeStored([])).toBe(true);
  expect(mayBeStored([decision(1, 'laptop')])).toBe(true);
  expect(mayBeStored([change(1, { actor: effectOf('p1') })])).toBe(true);
});

test('a stretch knows the changes of this device and the times that the log has for them', () => {
  const stretch = newStretch('0');
  const fields = { title: { value: 'a', updatedAt: at(3) }, notes: { value: 'b', updatedAt: at(7) } };
  addChanges(stretch, [change(1, { clientId: 'phone', fields }), change(2)], '2', 'phone');
  expect([...stretch.own]).toEqual([['e1', at(7)]]);
  expect(stretch).toMatchObject({ since: '0', cursor: '2', changes: 2, latestStamp: at(7) });
});
