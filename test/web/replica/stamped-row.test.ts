import { expect, test } from 'vitest';
import { toStampedRow } from '../../../src/web/replica/stamped-row.ts';

const AT = '2026-03-01T10:00:00.000Z';
const fields = { title: { value: 'a', updatedAt: AT } };
const AI = { kind: 'ai' as const, missionId: 'm', iterationId: 'm-1', proposalId: 'p1', rationale: 'because' };

test('the times of a change stand once it is acknowledged', () => {
  const change = { eventId: 'e1', table: 'tasks', id: 't1', op: 'update' as const, fields };
  const row = { change, foreseen: null };
  expect(toStampedRow({ ...row, state: 'sending' })).toEqual({ times: [AT], isInTheLog: false });
  expect(toStampedRow({ ...row, state: 'acknowledged' })).toEqual({ times: [AT], isInTheLog: true });
});

test('those of what a decision is foreseen to do never do', () => {
  const change = { eventId: 'e1', table: 'aiProposals', id: 'p1', op: 'update' as const, data: { status: 'approved' } };
  const foreseen = { actor: AI, writes: [{ appId: 'todo', table: 'tasks', id: 't1', fields }] };
  expect(toStampedRow({ change, foreseen, state: 'acknowledged' })).toEqual({ times: [AT], isInTheLog: false });
});
