import { describe, expect, test } from 'vitest';
import { type Actor, USER } from '../../../src/core/log/actor.ts';
import { type AttributedRecord, actorAt, foldAttributed } from '../../../src/core/sync/attributed-record.ts';
import { isPending, type PendingWrite, showRecord } from '../../../src/core/sync/pending-write.ts';
import { stampFields } from '../../../src/core/sync/stamp-fields.ts';

const AI: Actor = { kind: 'ai', missionId: 'm', iterationId: 'm-1', proposalId: 'm-1-0', rationale: 'because' };
const at = (second: number) => `2026-03-01T10:00:0${second}.000Z`;

function logged(position: number, actor: Actor, data: Record<string, string>, second = position) {
  const fieldTimestamps = Object.fromEntries(Object.keys(data).map((field) => [field, at(second)]));
  return { position, actor, data, fieldTimestamps, clientId: 'server' };
}
function pending(seq: number, over: Partial<PendingWrite> = {}): PendingWrite {
  const fields = stampFields('update', { title: `pending ${seq}` }, at(5));
  return { seq, fields, clientId: 'phone', actor: USER, proposalId: null, ...over };
}

describe('what is shown', () => {
  const confirmed = foldAttributed(undefined, logged(1, USER, { title: 'a', notes: 'b' }));

  test('is what the log has, where nothing is pending', () => {
    expect(showRecord(confirmed, [])).toEqual({ ...confirmed, pending: false, unconfirmedBy: null });
    expect(showRecord(null, [])).toBeNull();
  });

  test('is what is pending over it, the later of equal times too', () => {
    const shown = showRecord(confirmed, [pending(1), pending(2)]);
    expect(shown).toMatchObject({ data: { title: 'pending 2', notes: 'b' }, pending: true, unconfirmedBy: null });
    expect(isPending(shown?.fieldMeta.title?.position as number)).toBe(true);
    expect(isPending(shown?.fieldMeta.notes?.position as number)).toBe(false);
  });

  test('is what the log has of a field that was written later there', () => {
    const late = foldAttributed(confirmed, logged(2, USER, { title: 'late' }, 9));
    expect(showRecord(late, [pending(1)])?.data).toEqual({ title: 'late', notes: 'b' });
  });

  test('bears the decision that it waits for, and its actor', () => {
    const shown = showRecord(null, [pending(1, { actor: AI, proposalId: 'm-1-0' })]);
    expect(shown).toMatchObject({ pending: false, unconfirmedBy: 'm-1-0' });
    expect(actorAt(shown as AttributedRecord, shown?.fieldMeta.title?.position as number)).toEqual(AI);
  });
});

test('the fields of a change bear its time; an insert says that the record lives, a delete that it does not', () => {
  expect(stampFields('update', { a: 1 }, at(1))).toEqual({ a: { value: 1, updatedAt: at(1) } });
  expect(Object.keys(stampFields('insert', JSON.parse('{"__proto__":1}'), at(1)))).toEqual(['__proto__', 'deletedAt']);
  expect(stampFields('insert', {}, at(1)).deletedAt).toEqual({ value: null, updatedAt: at(1) });
  expect(stampFields('delete', {}, at(1))).toEqual({ deletedAt: { value: at(1), updatedAt: at(1) } });
});
