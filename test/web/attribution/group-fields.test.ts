import { describe, expect, it } from 'vitest';
import { type Actor, USER } from '../../../src/core/log/actor.ts';
import { groupFields } from '../../../src/web/attribution/group-fields.ts';
import type { FieldAttribution } from '../../../src/web/replica/read/explain-record.ts';

const AI: Actor = { kind: 'ai', missionId: 'm', iterationId: 'm-1', proposalId: 'm-1-0', rationale: 'because' };
const at = (
  position: number | null,
  actor: Actor = USER,
  updatedAt = '2026-03-01T00:00:00.000Z',
): FieldAttribution => ({
  actor,
  updatedAt,
  clientId: 'phone',
  position,
});

describe('the fields of a record', () => {
  it('stand together where one change wrote them, the newest change first', () => {
    const groups = groupFields(
      { title: at(7, AI), notes: at(9), dueDate: at(7, AI), deletedAt: at(7, AI) },
      { data: { title: 'Milk', notes: 'oat', dueDate: '2026-03-05' }, deleted: false },
    );
    expect(
      groups.map(({ position, actor, fields, deletes }) => ({ position, kind: actor.kind, fields, deletes })),
    ).toEqual([
      { position: 9, kind: 'user', fields: [{ name: 'notes', value: 'oat' }], deletes: false },
      {
        position: 7,
        kind: 'ai',
        fields: [
          { name: 'title', value: 'Milk' },
          { name: 'dueDate', value: '2026-03-05' },
        ],
        deletes: false,
      },
    ]);
  });

  it('that are on their way come first, apart by who writes them and when', () => {
    const later = '2026-03-02T00:00:00.000Z';
    const groups = groupFields(
      { a: at(3), b: at(null), c: at(null, USER, later), d: at(null), e: at(null, AI) },
      { data: { a: 1, b: 2, c: 3, d: 4, e: 5 }, deleted: false },
    );
    expect(groups.map(({ position, fields }) => [position, fields.map(({ name }) => name).join('')])).toEqual([
      [null, 'c'],
      [null, 'bd'],
      [null, 'e'],
      [3, 'a'],
    ]);
  });

  it('say who deleted it, where it is deleted', () => {
    const explained = { title: at(1), deletedAt: at(2, AI) };
    const [first] = groupFields(explained, { data: { title: 'x' }, deleted: true });
    expect(first).toMatchObject({ position: 2, deletes: true, fields: [] });
    expect(groupFields(explained, { data: { title: 'x' }, deleted: false })).toHaveLength(1);
  });

  it('may be called anything', () => {
    const explained = Object.fromEntries([['__proto__', at(1)]]);
    const data = JSON.parse('{"__proto__": 5}');
    expect(groupFields(explained, { data, deleted: false })).toMatchObject([
      { fields: [{ name: '__proto__', value: 5 }] },
    ]);
  });
});
