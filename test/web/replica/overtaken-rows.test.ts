import { expect, test } from 'vitest';
import type { OutboxRow } from '../../../src/web/replica/database.ts';
import { isRetimed, overtakenRows } from '../../../src/web/replica/overtaken-rows.ts';

const MADE = '2026-03-01T10:00:00.000Z';
const LOGGED = '2026-03-01T10:00:50.000Z';
const AI = { kind: 'ai' as const, missionId: 'm', iterationId: 'm-1', proposalId: 'p1', rationale: 'because' };

function change(seq: number, record: string, state: OutboxRow['state'] = 'waiting'): OutboxRow {
  const fields = { title: { value: seq, updatedAt: MADE } };
  const named = { eventId: `e${seq}`, table: 'tasks', id: record, op: 'update' as const };
  return {
    ...{ seq, appId: 'todo', kind: 'change', state, touches: [record], characters: 1, eventId: named.eventId },
    change: { ...named, fields },
    foreseen: null,
  };
}

function decision(seq: number, effect: string, state: OutboxRow['state'] = 'waiting'): OutboxRow {
  const named = { eventId: `e${seq}`, table: 'aiProposals', id: 'p1', op: 'update' as const };
  const fields = { title: { value: seq, updatedAt: MADE } };
  return {
    ...{ seq, appId: 'ai', kind: 'decision', state, touches: ['p1', effect], characters: 1, eventId: named.eventId },
    change: { ...named, data: { status: 'approved' } },
    foreseen: { actor: AI, writes: [{ appId: 'todo', table: 'tasks', id: effect, fields }] },
  };
}

const seqs = (settled: OutboxRow[], at: string, outbox: OutboxRow[]) => {
  const own = new Map(settled.map(({ eventId }) => [eventId, at]));
  return overtakenRows(settled, own, outbox).map(({ seq }) => seq);
};

test('a change that has the time here that the log has overtakes nothing', () => {
  expect(isRetimed(change(1, 'r1'), new Map([['e1', MADE]]))).toBe(false);
  expect(seqs([change(1, 'r1')], MADE, [change(2, 'r1')])).toEqual([]);
});

test('one that the log has at another time overtakes what came after it on its record, sent or not', () => {
  const outbox = [change(1, 'r1'), change(3, 'r1', 'sending'), change(4, 'r2'), change(5, 'r1')];
  expect(seqs([change(2, 'r1', 'sending')], LOGGED, outbox)).toEqual([3, 5]);
});

test('a decision overtakes what was made upon its effects, in whatever order the rows come back', () => {
  const outbox = [change(2, 'r1'), change(3, 'p1'), change(5, 'r2'), change(6, 'r1', 'acknowledged')];
  expect(seqs([decision(4, 'r2'), decision(1, 'r1')], LOGGED, outbox)).toEqual([2, 5]);
});

test('what follows a decision that is overtaken stays after it, on all that this is foreseen to change', () => {
  const other = { ...decision(2, 'r1', 'acknowledged'), touches: ['p2', 'r1', 'r2'] };
  expect(seqs([decision(1, 'r1')], LOGGED, [other, change(3, 'r2')])).toEqual([2, 3]);
});
