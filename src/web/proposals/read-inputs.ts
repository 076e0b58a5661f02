import { readsOf } from '../../core/planning/reads.ts';
import { type ChangedInput, changedInputs, type InputState } from '../../core/proposals/stale-inputs.ts';
import { keyOf, type RecordRow } from '../replica/database.ts';
import type { Replica } from '../replica/open-replica.ts';

/** What of that which an iteration was made from has changed since it looked, with what is not sent yet. */
export async function readChangedInputs(
  replica: Pick<Replica, 'getRecord' | 'explainRecord'>,
  iteration: RecordRow,
): Promise<ChangedInput[]> {
  const states = new Map<string, InputState>();
  for (const ref of readsOf(iteration.data) ?? []) {
    const writes = await replica.explainRecord(ref);
    if (!writes) continue;
    const row = await replica.getRecord(ref.appId, ref.table, ref.id);
    states.set(keyOf(ref), { deleted: row === undefined, writes });
  }
  return changedInputs(iteration, (ref) => states.get(keyOf(ref)));
}
