import type { Registry } from '../../core/modules/registry.ts';
import { keyOf } from '../replica/database.ts';
import type { Replica } from '../replica/open-replica.ts';
import { readChangedInputs } from './read-inputs.ts';
import type { ShownProposal } from './read-proposal.ts';

/** A record that a proposal was made from, and what became of it since. */
export interface StaleRecord {
  name: string;
  what: 'changed' | 'deleted' | 'appeared';
  /** The names of the fields that changed. */
  fields: string[];
}

type Reads = Pick<Replica, 'getRecord' | 'findRecord' | 'explainRecord'>;

/** What a pending proposal was made from and is otherwise by now. Reads only, so that it can be a live query. */
export async function readStale(
  replica: Reads,
  registry: Registry,
  { status, iterationId }: ShownProposal,
): Promise<StaleRecord[]> {
  if (status !== 'pending') return [];
  const iteration = await replica.getRecord('ai', 'aiIterations', iterationId);
  const stale = new Map<string, StaleRecord>();
  for (const { field, write, ...ref } of iteration ? await readChangedInputs(replica, iteration) : []) {
    const held = stale.get(keyOf(ref));
    if (held) {
      held.fields.push(field);
      continue;
    }
    const record = await replica.findRecord(ref);
    const what = field !== 'deletedAt' ? 'changed' : record?.deleted ? 'deleted' : 'appeared';
    const name = (record && registry.collection(ref.appId, ref.table)?.label(record)) ?? ref.id;
    stale.set(keyOf(ref), { name, what, fields: what === 'changed' ? [field] : [] });
  }
  return [...stale.values()];
}
