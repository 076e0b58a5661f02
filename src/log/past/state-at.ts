import { emptyRecord, type FoldedRecord, foldInto } from '../../core/log/merge.ts';
import type { Database, Session } from '../../database/database.ts';
import { scanLog } from '../scan-log.ts';

export interface RecordAt extends FoldedRecord {
  id: string;
}

/** All records of a person as they were at a position of the log. */
export interface LogState {
  find(appId: string, table: string, id: string): RecordAt | undefined;
  /** The undeleted records of a collection, in the order of their making. */
  list(appId: string, table: string): RecordAt[];
}

/** Folds the log of the session's user up to and with a position. Holds all of the user's records. */
export async function stateAt(db: Database, session: Session, position: number): Promise<LogState> {
  const tables = new Map<string, Map<string, RecordAt>>();
  await scanLog(db, session, { upTo: position }, (changes) => {
    for (const change of changes) {
      const key = keyOf(change.appId, change.tableName);
      const records = tables.get(key) ?? new Map<string, RecordAt>();
      tables.set(key, records);
      const record = records.get(change.recordId) ?? { ...emptyRecord(change.position), id: change.recordId };
      records.set(change.recordId, record);
      foldInto(record, {
        data: JSON.parse(change.data),
        fieldTimestamps: JSON.parse(change.fieldTimestamps),
        clientId: change.clientId,
        position: change.position,
      });
    }
  });
  return {
    find: (appId, table, id) => tables.get(keyOf(appId, table))?.get(id),
    list: (appId, table) =>
      [...(tables.get(keyOf(appId, table))?.values() ?? [])]
        .filter(({ deletedAt }) => deletedAt === null)
        .sort((a, b) => a.firstPosition - b.firstPosition),
  };
}

function keyOf(appId: string, table: string): string {
  return JSON.stringify([appId, table]);
}
