import type { JsonObject } from '../../../src/core/json.ts';
import type { RecordRow } from '../../../src/web/replica/database.ts';

/** A record as the replica gives it. */
export function record(appId: string, table: string, id: string, data: JsonObject): RecordRow {
  return { appId, table, id, data, pending: false, unconfirmedBy: null, firstPosition: 1 };
}
