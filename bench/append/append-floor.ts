import pg from 'pg';
import type { Change } from '../../src/core/log/change.ts';

/** A table with the columns and keys of the log and nothing else: no trigger, no row security. */
export interface BareLog {
  /** One transaction, one statement, in one round trip; `rows` is what rowsOf made of a push. */
  insert(rows: BareRows): Promise<void>;
  close(): Promise<void>;
}

/** For each column the values of all rows. */
export type BareRows = unknown[][];

const COLUMNS = {
  user_id: 'text',
  position: 'bigint',
  id: 'text',
  app_id: 'text',
  table_name: 'text',
  record_id: 'text',
  op: 'text',
  data: 'jsonb',
  field_timestamps: 'jsonb',
  client_id: 'text',
  schema_version: 'int',
  actor: 'jsonb',
  created_at: 'timestamptz',
};

/**
 * Of the ways to insert many rows the quickest: whole columns as arrays (unnest) took 0.7 to 0.9 x the time of a list of
 * VALUES or of one JSON document.
 */
const INSERT = `insert into bench_log (${Object.keys(COLUMNS).join()})
  select * from unnest(${Object.values(COLUMNS).map((type, column) => `$${column + 1}::${type}[]`)})`;

export async function openBareLog(url: string): Promise<BareLog> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig);
  await client.connect();
  await client.query('create table bench_log (like sync_changes including indexes including defaults)');
  return {
    async insert(rows) {
      await Promise.all([client.query('begin'), client.query(INSERT, rows), client.query('commit')]);
    },
    close: () => client.end(),
  };
}

/** Changes as the rows that the log would hold of them, after those up to `position`. */
export function bareRows(userId: string, position: number, changes: Change[]): BareRows {
  const now = new Date().toISOString();
  const rows = changes.map((change, index) => {
    const { id, appId, tableName, recordId, op, data, fieldTimestamps, clientId, actor } = change;
    const times = op === 'insert' ? { ...fieldTimestamps, deletedAt: now } : fieldTimestamps;
    return [
      ...[
        userId,
        position + index + 1,
        id,
        appId,
        tableName,
        recordId,
        op,
        JSON.stringify(data),
        JSON.stringify(times),
      ],
      ...[clientId, 1, JSON.stringify(actor), now],
    ];
  });
  return Object.keys(COLUMNS).map((_, column) => rows.map((row) => row[column]));
}
