import { SyncError } from '../../client/errors.ts';
import { applyChanges } from './apply-changes.ts';
import { beginAnew } from './begin-anew.ts';
import type { Service } from './connect-service.ts';
import { type ReplicaDatabase, readMeta } from './database.ts';

/** Pulls what the replica lacks, page by page. Where the log was set back, the replica begins anew; once, then it throws. */
export async function catchUp(db: ReplicaDatabase, service: Service, now: () => number): Promise<void> {
  try {
    await pullAll(db, service, now);
  } catch (error) {
    if (!isOfAnotherLog(error)) throw error;
    await beginAnew(db, service.syncFromStart(), now());
    await pullAll(db, service, now);
  }
}

/** Behind this cursor there is nothing to go on from; or no service that knows its like. */
function isOfAnotherLog(error: unknown): boolean {
  return error instanceof SyncError && (error.code === 'cursor_ahead' || error.code === 'invalid_cursor');
}

async function pullAll(db: ReplicaDatabase, service: Service, now: () => number): Promise<void> {
  for (let hasMore = true; hasMore; ) {
    const since = await readMeta(db, 'cursor');
    const page = await service.pull(since);
    await applyChanges(db, { since, changes: page.serverChanges, cursor: page.syncedUntil }, now());
    hasMore = page.hasMore;
  }
}
