import type { PGlite } from '@electric-sql/pglite';

const WAL_LIMIT = 64 * 1024 * 1024;

/**
 * Checkpoints when more than `limit` bytes of WAL were written since the last time. PGlite has no checkpointer, whatever
 * `max_wal_size` says: without this the WAL, and the time to recover after a crash, grow for as long as the store is open.
 */
export async function boundWal(pglite: PGlite, limit: number = WAL_LIMIT): Promise<void> {
  const { rows } = await pglite.query<{ grown: boolean }>(
    'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) > $1 as grown from pg_control_checkpoint()',
    [limit],
  );
  if (rows[0]?.grown) await pglite.exec('checkpoint');
}
