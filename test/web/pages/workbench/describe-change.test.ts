import { describe, expect, it } from 'vitest';
import { defaultRegistry } from '../../../../src/core/modules/registry.ts';
import { describeChange } from '../../../../src/web/pages/workbench/describe-change.ts';
import { groupByIteration } from '../../../../src/web/pages/workbench/group-by-iteration.ts';
import type { AiChange } from '../../../../src/web/replica/database.ts';

function change(over: Partial<AiChange>): AiChange {
  return {
    ...{ appId: 'todo', table: 'tasks', id: 't1', position: 5, op: 'update', data: {}, before: {} },
    actor: { kind: 'ai', missionId: 'm', iterationId: 'm-1', proposalId: 'm-1-0', rationale: 'because' },
    ...{ missionId: 'm', createdAt: '2026-03-01T00:00:00.000Z' },
    ...over,
  };
}
const tell = (over: Partial<AiChange>, now?: AiChange['data']) => describeChange(change(over), now, defaultRegistry);

describe('a change', () => {
  it('that creates is told by what one would not expect of a new record', () => {
    const data = { title: 'Milk', completed: false, notes: '', dueDate: '2026-03-05', priority: null };
    expect(tell({ op: 'insert', data })).toEqual({
      label: 'Milk',
      fields: [{ name: 'dueDate', before: undefined, after: '2026-03-05' }],
    });
  });

  it('that changes is told by what became what', () => {
    const told = tell(
      {
        data: { completed: true, title: 'Milk', tags: ['a'] },
        before: { completed: false, title: 'Milk', tags: ['a'] },
      },
      { title: 'Oat milk' },
    );
    expect(told).toEqual({ label: 'Oat milk', fields: [{ name: 'completed', before: false, after: true }] });
  });

  it('that deletes is told by the name alone', () => {
    expect(tell({ op: 'delete', before: { title: 'Milk' } })).toEqual({ label: 'Milk', fields: [] });
  });

  it('of something unknown is told all the same', () => {
    expect(tell({ appId: 'zoo', table: 'animals', id: 'a1', data: { legs: 4 } })).toEqual({
      label: 'a1',
      fields: [{ name: 'legs', before: undefined, after: 4 }],
    });
    expect(tell({ data: { title: 7 } }, { title: {} }).label).toBe('t1');
  });
});

it('changes stand with their iteration, the iterations in the order of their newest change', () => {
  const entries = ['b', 'a', 'b', 'c'].map((iterationId, position) => ({
    change: { actor: { iterationId } },
    position,
  }));
  expect(groupByIteration(entries).map(({ iterationId, entries }) => [iterationId, entries.length])).toEqual([
    ['b', 2],
    ['a', 1],
    ['c', 1],
  ]);
});
