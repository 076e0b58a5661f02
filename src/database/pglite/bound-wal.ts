import type { Engine } from './supervise-engine.ts';

const WAL_LIMIT = 64 * 1024 * 1024;
/** To flush what a checkpoint has to may take a slow disk longer than any statement should. */
const CHECKPOINT_MS = 60_000;

/**
 * Checkpoints when more than `limit` bytes of WAL were written since the last time. PGlite has no checkpointer, whatever
 * `max_wal_size` says: without this the WAL, and the time to recover after a crash, grow for as long as the store is open.
 */
export function boundWal(engine: Engine, limit: number = WAL_LIMIT): Promise<void> {
  return engine.alone(async (send) => {
    const [row] = await send([
      {
        text: 'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) > $1 as grown from pg_control_checkpoint()',
        values: [limit],
      },
    ]);
    if ((row as { grown: boolean }).grown) await send([{ text: 'checkpoint' }]);
  }, CHECKPOINT_MS);
}
