import type { Registry } from '../../core/modules/registry.ts';
import type { RecordRef } from '../replica/database.ts';
import type { Replica } from '../replica/open-replica.ts';
import { type FieldGroup, groupFields } from './group-fields.ts';
import { type Origin, originOf } from './origin-of.ts';

export interface Explanation {
  /** The record's name. */
  label: string;
  /** The newest first. `origin`: of those by an AI actor. */
  groups: (FieldGroup & { origin: Origin | null })[];
}

/** Why a record is as it is; null where there is no such record. To be called in a live query. */
export async function loadExplanation(
  replica: Pick<Replica, 'findRecord' | 'explainRecord'>,
  registry: Registry,
  ref: RecordRef,
): Promise<Explanation | null> {
  const [record, explained] = await Promise.all([replica.findRecord(ref), replica.explainRecord(ref)]);
  if (!record || !explained) return null;
  const groups = await Promise.all(
    groupFields(explained, record).map(async (group) => ({
      ...group,
      origin: group.actor.kind === 'ai' ? await originOf(replica, group.actor) : null,
    })),
  );
  return { label: registry.collection(ref.appId, ref.table)?.label(record) ?? ref.id, groups };
}
