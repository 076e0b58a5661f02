import type { PushedChange } from '../../src/client/index.ts';
import type { Chance } from './chance.ts';
import type { Writer } from './writer.ts';

/** What clients write: made of chance, under names that say where from. */

const TASKS = 8;
const MISSIONS = 4;

/** Changes of tasks that all devices of a person write to at once. */
export function taskChanges(chance: Chance, writer: Writer, label: string): PushedChange[] {
  return Array.from({ length: 1 + chance.below(6) }, (_, index): PushedChange => {
    const eventId = `${writer.clientId} ${label} ${index}`;
    const id = `task-${chance.below(TASKS)}`;
    const updatedAt = new Date().toISOString();
    const op = chance.pick(['insert', 'insert', 'update', 'update', 'delete'] as const);
    if (op === 'delete') return { eventId, table: 'tasks', id, op, deletedAt: updatedAt };
    const fields = {
      title: { value: `by ${eventId}`, updatedAt },
      completed: { value: chance.percent(50), updatedAt },
    };
    return { eventId, table: 'tasks', id, op, fields };
  });
}

/** The same with one among them that the log refuses, and the whole push with it. */
export function refusedChanges(chance: Chance, writer: Writer, label: string): PushedChange[] {
  const changes = taskChanges(chance, writer, label);
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const fields = { title: { value: 'from the future', updatedAt: inAnHour } };
  const late: PushedChange = {
    eventId: `${writer.clientId} ${label} late`,
    table: 'tasks',
    id: 'task-late',
    op: 'insert',
    fields,
  };
  return changes.toSpliced(chance.below(changes.length + 1), 0, late);
}

/** Edits of missions: each wants a plan. */
export function missionChanges(chance: Chance, writer: Writer, label: string, count: number): PushedChange[] {
  return Array.from({ length: count }, (_, index): PushedChange => {
    const id = `mission-${chance.below(MISSIONS)}`;
    const eventId = `${writer.clientId} ${label} ${index}`;
    const data = {
      title: 'Move house',
      // So that the model can say whom it was asked for: see MISSION_MARK.
      objective: `[[${writer.user}/${id}]] as of ${eventId}`,
      state: 'active',
    };
    return { eventId, table: 'aiMissions', id, op: 'insert', data };
  });
}
