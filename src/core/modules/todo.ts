import { z } from 'zod';
import type { Json } from '../json.ts';
import { dayIn } from './day-in.ts';
import { insertOne, notFound, nothingToChange, update } from './effects.ts';
import { day, isDay, limit, line, moment, recordId, text } from './fields.ts';
import { type Module, type RecordView, readTool, writeTool } from './module.ts';
import {
  clip,
  compareText,
  describeLines,
  fieldOf,
  foldCase,
  heading,
  known,
  nameOf,
  oneLine,
  textOf,
} from './reading.ts';

const TASKS = 'tasks';
/** The notes of a task in a list, where a hundred may stand together. */
const LISTED_NOTES = 300;

const priority = z.enum(['low', 'normal', 'high']);

const taskSchema = z.looseObject({
  title: line(),
  notes: text().nullish(),
  dueDate: day().nullish(),
  completed: z.boolean().default(false),
  completedAt: moment().nullish(),
  priority: priority.nullish(),
});

const createTask = writeTool({
  name: 'create_task',
  description: 'Create a task in the to-do list.',
  parameters: z.strictObject({
    title: line().describe('What is to be done, as one line'),
    notes: text().optional().describe('Details, as plain text'),
    dueDate: day().optional().describe('The day it is due, YYYY-MM-DD'),
    priority: priority.optional().describe('How much it matters; normal when absent'),
  }),
  needs: () => [],
  summarise: ({ title, dueDate }) => `Create the task "${oneLine(title)}"${dueDate ? `, due ${dueDate}` : ''}`,
  apply: (params, context) => insertOne(TASKS, taskSchema, params, context),
});

const completeTask = writeTool({
  name: 'complete_task',
  description: 'Mark one open task as completed, by its id.',
  parameters: z.strictObject({ taskId: recordId().describe('The id of the task, as list_tasks gives it') }),
  needs: ({ taskId }) => [{ table: TASKS, id: taskId }],
  summarise: ({ taskId }) => `Complete the task ${taskId}`,
  apply: ({ taskId }, { now, find }) => {
    const task = find(TASKS, taskId);
    if (!task) return notFound('task', taskId);
    if (!isOpen(task))
      return nothingToChange('task_is_completed', `The task "${nameOf(task, 'title')}" is completed already.`);
    return { ok: true, effects: [complete(task, now)] };
  },
});

const completeTasksByTitle = writeTool({
  name: 'complete_tasks_by_title',
  description: 'Mark every open task with this title as completed; upper and lower case count as the same.',
  parameters: z.strictObject({ title: line().describe('The whole title of the tasks') }),
  needs: () => [{ table: TASKS }],
  summarise: ({ title }) => `Complete every open task with the title "${oneLine(title)}"`,
  apply: ({ title }, { now, list }) => {
    const wanted = foldCase(title);
    const tasks = list(TASKS).filter((task) => isOpen(task) && foldCase(textOf(task, 'title') ?? '') === wanted);
    if (tasks.length === 0)
      return nothingToChange('no_open_task', `There is no open task with the title "${oneLine(title)}".`);
    return { ok: true, effects: tasks.map((task) => complete(task, now)) };
  },
});

const listTasks = readTool({
  name: 'list_tasks',
  description: 'List tasks with their ids: open ones first, the earliest due date first.',
  parameters: z.strictObject({
    status: z.enum(['open', 'completed', 'all']).default('open').describe('Which tasks; open when absent'),
    limit: limit(),
  }),
  needs: () => [{ table: TASKS }],
  read: ({ status, limit }, { list }) => {
    const tasks = list(TASKS).filter((task) => status === 'all' || isOpen(task) === (status === 'open'));
    return { total: tasks.length, tasks: tasks.sort(byUrgency).slice(0, limit).map(listed) };
  },
  shows: { [TASKS]: ['title', 'completed', 'dueDate', 'priority', 'notes'] },
});

const getTaskStats = readTool({
  name: 'get_task_stats',
  description: 'Count the tasks: open, completed, overdue (due before today) and due today.',
  parameters: z.strictObject({}),
  needs: () => [{ table: TASKS }],
  read: (_, { list, now, timeZone }) => {
    const tasks = list(TASKS);
    const open = tasks.filter(isOpen);
    const today = dayIn(timeZone)(now);
    const due = open.map(dueDateOf).filter((date) => date !== undefined);
    return {
      open: open.length,
      completed: tasks.length - open.length,
      overdue: due.filter((date) => date < today).length,
      dueToday: due.filter((date) => date === today).length,
    };
  },
  shows: {},
});

/** Tasks: what is to be done, with or without a day. */
export const todo: Module = {
  appId: 'todo',
  title: 'Tasks',
  collections: {
    [TASKS]: {
      schema: taskSchema,
      label: (task) => nameOf(task, 'title'),
      describe: (task) =>
        describeLines(heading('Task', task, 'title'), [
          ['Status', isOpen(task) ? 'open' : 'completed'],
          ['Due', textOf(task, 'dueDate')],
          ['Priority', textOf(task, 'priority')],
          ['Notes', textOf(task, 'notes')],
        ]),
      shows: ['title', 'completed', 'dueDate', 'priority', 'notes'],
    },
  },
  tools: [createTask, completeTask, completeTasksByTitle, listTasks, getTaskStats],
};

function isOpen(task: RecordView): boolean {
  return fieldOf(task, 'completed') !== true;
}

function complete(task: RecordView, now: Date) {
  return update(TASKS, task.id, { completed: true, completedAt: now.toISOString() });
}

function dueDateOf(task: RecordView): string | undefined {
  const date = fieldOf(task, 'dueDate');
  return isDay(date) ? date : undefined;
}

/** Open before completed, then by due date (none: last), then by title. */
function byUrgency(a: RecordView, b: RecordView): number {
  return (
    Number(isOpen(b)) - Number(isOpen(a)) ||
    compareText(dueDateOf(a) ?? '~', dueDateOf(b) ?? '~') ||
    compareText(nameOf(a, 'title'), nameOf(b, 'title')) ||
    compareText(a.id, b.id)
  );
}

function listed(task: RecordView): Json {
  const notes = textOf(task, 'notes');
  return known({
    id: task.id,
    title: nameOf(task, 'title'),
    completed: !isOpen(task),
    dueDate: dueDateOf(task),
    priority: textOf(task, 'priority'),
    notes: notes && clip(notes, LISTED_NOTES),
  });
}
