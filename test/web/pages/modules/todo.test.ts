import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { groupByMission } from '../../../../src/web/pages/inbox/group-by-mission.ts';
import { groupTasks, readTask, TASK_GROUPS } from '../../../../src/web/pages/todo/group-tasks.ts';
import { record } from '../support.ts';

const TODAY = '2026-03-10';
const task = (id: string, data: JsonObject) => record('todo', 'tasks', id, { title: id, ...data });

describe('the tasks of a list', () => {
  test('stand by their day, and the completed ones apart', () => {
    const groups = groupTasks(
      [
        task('none', {}),
        task('today', { dueDate: TODAY }),
        task('done', { completed: true, dueDate: '2026-03-01' }),
        task('late', { dueDate: '2026-03-09' }),
        task('soon', { dueDate: '2026-03-11' }),
        task('unreadable', { dueDate: 'tomorrow' }),
      ],
      TODAY,
    );
    const ids = Object.fromEntries(TASK_GROUPS.map((name) => [name, groups[name].map(({ title }) => title)]));
    expect(ids).toEqual({
      ...{ overdue: ['late'], today: ['today'], upcoming: ['soon'] },
      ...{ someday: ['none', 'unreadable'], completed: ['done'] },
    });
  });

  test('stand by day, then priority, then as they were made', () => {
    const tasks = [
      task('b', { dueDate: '2026-03-12' }),
      task('low', { dueDate: '2026-03-11', priority: 'low' }),
      task('first', { dueDate: '2026-03-11', priority: 'odd' }),
      task('second', { dueDate: '2026-03-11' }),
      task('high', { dueDate: '2026-03-11', priority: 'high' }),
    ];
    expect(groupTasks(tasks, TODAY).upcoming.map(({ title }) => title)).toEqual([
      'high',
      'first',
      'second',
      'low',
      'b',
    ]);
  });

  test('stand the last completed first', () => {
    const done = (id: string, completedAt: string) => task(id, { completed: true, completedAt });
    const tasks = [
      done('a', '2026-03-01T10:00:00Z'),
      done('b', '2026-03-02T10:00:00Z'),
      task('c', { completed: true }),
    ];
    expect(groupTasks(tasks, TODAY).completed.map(({ title }) => title)).toEqual(['b', 'a', 'c']);
  });

  test('are shown with anything in their records', () => {
    expect(
      readTask(record('todo', 'tasks', 't1', { title: [], notes: 7, completed: 'yes', priority: {} })),
    ).toMatchObject({
      ...{ title: 't1', notes: '', dueDate: '', priority: 'normal', isOpen: true },
    });
  });
});

test('proposals stand by mission, in the order of the first of each', () => {
  const proposal = (id: string, missionId: unknown) => record('ai', 'aiProposals', id, { missionId } as JsonObject);
  const groups = groupByMission([proposal('a', 'm2'), proposal('b', 'm1'), proposal('c', 'm2'), proposal('d', 7)]);
  expect(groups.map(({ id, proposals }) => [id, proposals.map((one) => one.id)])).toEqual([
    ['m2', ['a', 'c']],
    ['m1', ['b']],
    ['', ['d']],
  ]);
});
