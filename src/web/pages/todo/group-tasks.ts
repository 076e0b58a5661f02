import { isDay } from '../../../core/modules/fields.ts';
import { compareText, fieldOf, nameOf, textOf } from '../../../core/modules/reading.ts';
import type { RecordRow } from '../../replica/database.ts';

export interface ShownTask {
  record: RecordRow;
  title: string;
  notes: string;
  /** `2026-03-31`; empty: none that can be read. */
  dueDate: string;
  priority: 'high' | 'normal' | 'low';
  isOpen: boolean;
  completedAt: string;
}

export const TASK_GROUPS = ['overdue', 'today', 'upcoming', 'someday', 'completed'] as const;
export type TaskGroup = (typeof TASK_GROUPS)[number];

/** Tasks as they are listed: open ones by their day and then by priority, completed ones the last completed first. */
export function groupTasks(records: readonly RecordRow[], today: string): Record<TaskGroup, ShownTask[]> {
  const groups: Record<TaskGroup, ShownTask[]> = { overdue: [], today: [], upcoming: [], someday: [], completed: [] };
  for (const record of records) {
    const task = readTask(record);
    groups[groupOf(task, today)].push(task);
  }
  for (const group of TASK_GROUPS) groups[group].sort(group === 'completed' ? byCompletion : byUrgency);
  return groups;
}

/** A task's record as it is shown, whatever another client wrote into it. */
export function readTask(record: RecordRow): ShownTask {
  const dueDate = fieldOf(record, 'dueDate');
  const priority = fieldOf(record, 'priority');
  return {
    record,
    title: nameOf(record, 'title'),
    notes: textOf(record, 'notes') ?? '',
    dueDate: isDay(dueDate) ? dueDate : '',
    priority: priority === 'high' || priority === 'low' ? priority : 'normal',
    isOpen: fieldOf(record, 'completed') !== true,
    completedAt: textOf(record, 'completedAt') ?? '',
  };
}

function groupOf({ isOpen, dueDate }: ShownTask, today: string): TaskGroup {
  if (!isOpen) return 'completed';
  if (dueDate === '') return 'someday';
  if (dueDate === today) return 'today';
  return dueDate < today ? 'overdue' : 'upcoming';
}

const URGENCY = { high: 0, normal: 1, low: 2 };

function byUrgency(a: ShownTask, b: ShownTask): number {
  return compareText(a.dueDate, b.dueDate) || URGENCY[a.priority] - URGENCY[b.priority];
}

function byCompletion(a: ShownTask, b: ShownTask): number {
  return compareText(b.completedAt, a.completedAt);
}
