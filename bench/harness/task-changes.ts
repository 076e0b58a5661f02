import { randomUUID } from 'node:crypto';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { acceptPush } from '../../src/core/sync/accept-push.ts';
import type { PushedChange, WireFields } from '../../src/core/sync/wire.ts';
import type { Push } from '../../src/sync/push-changes.ts';

export const APP_ID = 'todo';
export const CLIENT_ID = 'bench';

/**
 * Changes of tasks as a client pushes them, each field with its time. With fewer records than changes the first change of
 * a record inserts it, and those after it update two of its fields.
 */
export function taskChanges(count: number, records = count): PushedChange[] {
  const ids = Array.from({ length: records }, () => randomUUID());
  const begun = Date.now() - count;
  return Array.from({ length: count }, (_, index) => {
    const updatedAt = new Date(begun + index).toISOString();
    const values = index < records ? newTask(index) : { title: `Ask the movers for offer ${index}`, completed: true };
    const fields: WireFields = Object.fromEntries(
      Object.entries(values).map(([field, value]) => [field, { value, updatedAt }]),
    );
    const op = index < records ? 'insert' : 'update';
    return { eventId: randomUUID(), table: 'tasks', id: ids[index % records] as string, op, fields };
  });
}

function newTask(index: number) {
  return {
    title: `Compare moving company ${index}`,
    notes: 'Ask for a fixed price, the insurance, and whether they take the piano down from the third floor.',
    dueDate: '2027-03-31',
    priority: 'normal',
    completed: false,
  };
}

/** A push of these changes from the start, as the HTTP route hands it on once it has let it in. */
export function acceptedPush(changes: PushedChange[]): Push {
  const accepted = acceptPush(defaultRegistry, APP_ID, { clientId: CLIENT_ID, changes });
  if (!accepted.ok) throw new Error(`the bench pushes what is refused: ${JSON.stringify(accepted.issues)}`);
  const { entries, latest } = accepted;
  return { appId: APP_ID, clientId: CLIENT_ID, since: { kind: 'start' }, entries, latest };
}

/** These changes as the log takes them. */
export function acceptedChanges(changes: PushedChange[]): Change[] {
  return acceptedPush(changes).entries.map((entry) => {
    if (entry.kind !== 'change') throw new TypeError('the bench pushes no decisions');
    return entry.change;
  });
}
