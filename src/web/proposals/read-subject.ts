import { textOf } from '../../core/modules/reading.ts';
import type { Registry } from '../../core/modules/registry.ts';
import type { Replica } from '../replica/open-replica.ts';
import type { ShownProposal } from './read-proposal.ts';
import { referenceOf } from './reference.ts';

/** The name of the record that a proposal makes or changes; undefined where it is not known. */
export async function readSubject(
  replica: Pick<Replica, 'findRecord'>,
  registry: Registry,
  { toolName, params }: Pick<ShownProposal, 'toolName' | 'params'>,
): Promise<string | undefined> {
  const ref = referenceOf(registry, toolName, params);
  if (!ref) return textOf({ id: '', data: params }, 'title') ?? textOf({ id: '', data: params }, 'name');
  const record = await replica.findRecord(ref);
  return record && registry.collection(ref.appId, ref.table)?.label({ id: ref.id, data: record.data });
}
