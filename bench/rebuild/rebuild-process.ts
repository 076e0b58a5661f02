/** Rebuilds logs in a process that does nothing else, so that its memory is that of a rebuild. */
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { emptyRecord, type FoldedRecord, foldChange } from '../../src/core/log/merge.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { rebuildUser } from '../../src/log/rebuild/rebuild-user.ts';
import { recordKey } from '../../src/log/rebuild/record-key.ts';
import { serveWorker } from '../harness/worker.ts';

export interface Measured {
  milliseconds: number;
  /** The most that the process ever held, in bytes; of its whole life. */
  peakMemory: number;
}

export interface RebuildCalls {
  /** COPY of the whole log, every column, to nowhere. */
  floor(userId: string): Promise<Measured>;
  rebuild(userId: string): Promise<Measured>;
  /** A rebuild that may find anything. */
  mend(userId: string): Promise<void>;
  /** The quickest single statement that folds the log, its result counted in the server. */
  oneStatement(userId: string): Promise<Measured>;
  /** A row at a time through a cursor, each change folded into a copy of its record; what it ends in is thrown away. */
  rowByRow(userId: string): Promise<Measured>;
}

const [url = ''] = process.argv.slice(2);
const QUIETLY = { isDryRun: false, checkInterrupt() {}, onChanges() {} };
const db = openPostgres({ connectionString: url, poolSize: 2, onError: () => {} });

serveWorker<RebuildCalls>({
  floor: (userId) =>
    measured(() =>
      asOperator(userId, async (client) => {
        const log = 'copy (select * from sync_changes where user_id = current_user_id()) to stdout';
        let bytes = 0;
        for await (const chunk of client.query(copyTo(log)) as AsyncIterable<Buffer>) bytes += chunk.length;
        if (bytes === 0) throw new Error('the log is empty');
      }),
    ),

  rebuild: (userId) =>
    measured(async () => {
      const { differing } = await rebuildUser(db, userId, QUIETLY);
      if (differing > 0)
        throw new Error(`${differing} rows differ: the bench measures a rebuild that finds nothing to mend`);
    }),

  async mend(userId) {
    await rebuildUser(db, userId, QUIETLY);
  },

  oneStatement: (userId) =>
    measured(() =>
      asOperator(userId, async (client) => {
        await client.query(`set local work_mem = '256MB'`);
        await client.query(FOLD);
      }),
    ),

  rowByRow: (userId) =>
    measured(() =>
      asOperator(userId, async (client) => {
        const records = new Map<string, FoldedRecord>();
        await client.query(`declare changes cursor for
          select app_id, table_name, record_id, data, field_timestamps as "fieldTimestamps", client_id as "clientId",
                 position::int from sync_changes where user_id = current_user_id() order by position`);
        for (;;) {
          const { rows } = await client.query('fetch 1 from changes');
          if (rows.length === 0) break;
          const [change] = rows;
          const key = recordKey(change.app_id, change.table_name, change.record_id);
          records.set(key, foldChange(records.get(key) ?? emptyRecord(change.position), change));
        }
      }),
    ),
});

const FOLD = `
  select count(*), sum(pg_column_size(data) + pg_column_size(field_meta)) from (
    select app_id, table_name, record_id, jsonb_object_agg(field, value) as data, jsonb_object_agg(field, meta) as field_meta
    from (
      select distinct on (app_id, table_name, record_id, field) app_id, table_name, record_id, t.key as field,
        coalesce(data -> t.key, 'null') as value,
        jsonb_build_object('updatedAt', t.value, 'clientId', client_id, 'position', position) as meta
      from sync_changes cross join lateral jsonb_each(field_timestamps) t
      where user_id = current_user_id()
      order by app_id, table_name, record_id, t.key, t.value #>> '{}' collate "C" desc, client_id collate "C" desc, position desc
    ) latest
    group by app_id, table_name, record_id
  ) folded`;

async function measured(work: () => Promise<void>): Promise<Measured> {
  const begun = performance.now();
  await work();
  return { milliseconds: performance.now() - begun, peakMemory: process.resourceUsage().maxRSS * 1024 };
}

async function asOperator(userId: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('role', 'app_operator', true), set_config('app.current_user_id', $1, true)`, [
      userId,
    ]);
    await work(client);
    await client.query('commit');
  } finally {
    await client.end();
  }
}
