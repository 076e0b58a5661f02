import { describe, expect, it } from 'vitest';
import { accepts, apply, contextOf, describeRecord, read, toolNamed } from './context.ts';

const NOW = '2026-03-01T12:00:00.000Z';

describe('create_task', () => {
  it('inserts an open task with a trimmed title and only the given fields', () => {
    expect(apply('create_task', { title: '  Buy milk ', dueDate: '2026-03-02', priority: 'high' })).toEqual({
      ok: true,
      effects: [
        {
          tableName: 'tasks',
          recordId: 'new-0',
          op: 'insert',
          data: { title: 'Buy milk', dueDate: '2026-03-02', priority: 'high', completed: false },
        },
      ],
    });
  });

  it.each([
    ['no title', {}],
    ['a blank title', { title: '   ' }],
    ['a title of 501 characters', { title: 'x'.repeat(501) }],
    ['a day that does not exist', { title: 'a', dueDate: '2026-02-30' }],
    ['a day written otherwise', { title: 'a', dueDate: '2.3.2026' }],
    ['an unknown priority', { title: 'a', priority: 'urgent' }],
    ['an unknown field', { title: 'a', completed: true }],
  ])('refuses %s', (_, params) => {
    expect(accepts('create_task', params)).toBe(false);
  });

  it('sums up in one line', () => {
    const tool = toolNamed('create_task');
    const summary = tool.kind === 'write' && tool.summarise({ title: 'Buy\nmilk', dueDate: '2026-03-02' });
    expect(summary).toBe('Create the task "Buy milk", due 2026-03-02');
  });
});

describe('complete_task', () => {
  const context = contextOf({ tasks: { a: { title: 'Milk' }, b: { title: 'Bread', completed: true } } }, NOW);

  it('changes completed and completedAt, nothing else', () => {
    expect(apply('complete_task', { taskId: 'a' }, context)).toEqual({
      ok: true,
      effects: [{ tableName: 'tasks', recordId: 'a', op: 'update', data: { completed: true, completedAt: NOW } }],
    });
  });

  it('has nothing to change in a completed task', () => {
    const result = apply('complete_task', { taskId: 'b' }, context);
    expect(result).toMatchObject({ ok: false, reason: 'task_is_completed', message: expect.stringContaining('Bread') });
  });

  it('names the id of a task that does not exist', () => {
    const result = apply('complete_task', { taskId: 'zz' }, context);
    expect(result).toMatchObject({ ok: false, reason: 'record_not_found', message: expect.stringContaining('"zz"') });
  });

  it('needs that one task', () => {
    expect(toolNamed('complete_task').needs({ taskId: 'a' })).toEqual([{ table: 'tasks', id: 'a' }]);
  });
});

describe('complete_tasks_by_title', () => {
  const tasks = {
    a: { title: 'Buy MILK' },
    b: { title: ' buy milk ' },
    c: { title: 'buy milk', completed: true },
    d: { title: 'buy milk and bread' },
    e: { title: 7 },
    f: {},
  };

  it('completes every open task of that title, whatever its case', () => {
    const result = apply('complete_tasks_by_title', { title: 'Buy milk' }, contextOf({ tasks }));
    expect(result.ok && result.effects.map(({ recordId, op }) => [recordId, op])).toEqual([
      ['a', 'update'],
      ['b', 'update'],
    ]);
  });

  it('has nothing to change when no open task has that title', () => {
    const result = apply('complete_tasks_by_title', { title: 'bread' }, contextOf({ tasks }));
    expect(result).toMatchObject({ ok: false, reason: 'no_open_task' });
  });
});

describe('list_tasks', () => {
  const tasks = {
    late: { title: 'B', dueDate: '2026-05-01', notes: 'n'.repeat(1_000) },
    soon: { title: 'C', dueDate: '2026-03-02', priority: 'low' },
    never: { title: 'A' },
    done: { title: 'D', completed: true },
    odd: { title: { en: 'x' }, dueDate: 20260301, completed: 'yes', notes: 4, priority: [] },
  };
  const ids = (answer: unknown) => (answer as { tasks: { id: string }[] }).tasks.map(({ id }) => id);

  it('lists the open ones by due date, then by name', () => {
    expect(ids(read('list_tasks', {}, contextOf({ tasks })))).toEqual(['soon', 'late', 'never', 'odd']);
  });

  it('lists completed ones and all', () => {
    expect(ids(read('list_tasks', { status: 'completed' }, contextOf({ tasks })))).toEqual(['done']);
    expect(ids(read('list_tasks', { status: 'all' }, contextOf({ tasks })))).toHaveLength(5);
  });

  it('stops at the limit and says how many there are', () => {
    const answer = read('list_tasks', { limit: 1 }, contextOf({ tasks }));
    expect(answer).toEqual({
      total: 4,
      tasks: [{ id: 'soon', title: 'C', completed: false, dueDate: '2026-03-02', priority: 'low' }],
    });
  });

  it('cuts long notes', () => {
    const answer = read('list_tasks', {}, contextOf({ tasks })) as { tasks: { notes?: string }[] };
    expect(answer.tasks[1]?.notes).toBe(`${'n'.repeat(299)}…`);
  });

  it.each([0, 101, 1.5, '5'])('refuses the limit %s', (limit) => {
    expect(accepts('list_tasks', { limit })).toBe(false);
  });
});

describe('get_task_stats', () => {
  const tasks = {
    a: { title: 'a', dueDate: '2026-02-28' },
    b: { title: 'b', dueDate: '2026-03-01' },
    c: { title: 'c', dueDate: '2026-03-02' },
    d: { title: 'd', dueDate: '2026-02-01', completed: true },
    e: { title: 'e', dueDate: 'soon' },
  };

  it('counts by the day in UTC', () => {
    const stats = read('get_task_stats', {}, contextOf({ tasks }, '2026-03-01T23:30:00.000Z', 'UTC'));
    expect(stats).toEqual({ open: 4, completed: 1, overdue: 1, dueToday: 1 });
  });

  it('counts by the day in the time zone', () => {
    const east = read('get_task_stats', {}, contextOf({ tasks }, '2026-03-01T23:30:00.000Z', 'Asia/Tokyo'));
    expect(east).toMatchObject({ overdue: 2, dueToday: 1 });
    const west = read('get_task_stats', {}, contextOf({ tasks }, '2026-03-01T03:00:00.000Z', 'America/New_York'));
    expect(west).toMatchObject({ overdue: 0, dueToday: 1 });
  });

  it('counts nothing in an empty list', () => {
    expect(read('get_task_stats')).toEqual({ open: 0, completed: 0, overdue: 0, dueToday: 0 });
  });
});

it('describes a task with what it has', () => {
  const data = { title: 'Milk', dueDate: '2026-03-02', priority: 'high', notes: 'two\nbottles' };
  expect(describeRecord('todo', 'tasks', data, 't1')).toBe(
    'Task: Milk (id t1)\nStatus: open\nDue: 2026-03-02\nPriority: high\nNotes: two\nbottles',
  );
  expect(describeRecord('todo', 'tasks', {}, 't1')).toBe('Task: t1 (id t1)\nStatus: open');
});
