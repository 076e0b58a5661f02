import type { JsonObject } from '../core/json.ts';
import type { RecordAddress } from '../core/log/record-address.ts';
import type { Registry } from '../core/modules/registry.ts';

/** What a record is called in a list: what its module says, else its id. */
export function labelOf(registry: Registry, { appId, table, id }: RecordAddress, data: JsonObject): string {
  return registry.collection(appId, table)?.label({ id, data }) ?? id;
}
