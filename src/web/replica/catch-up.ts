import { SyncError } from '../../client/errors.ts';
import type { WireChange } from '../../core/sync/wire.ts';
import { applyChanges } from './apply-changes.ts';
import { beginAnew } from './begin-anew.ts';
import type { Service } from './connect-service.ts';
import { type ReplicaDatabase, readMeta } from './database.ts';

/**
 * A record that changed often is stored once for so many changes; a connection that breaks loses no more than those. At 20,000
 * the log of 100,000 changes is stored in five transactions.
 */
const STORED_AT_ONCE = 20_000;

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
  let since = await readMeta(db, 'cursor');
  for (let hasMore = true; hasMore; ) {
    const changes: WireChange[] = [];
    let cursor = since;
    while (hasMore && changes.length < STORED_AT_ONCE) {
      const page = await service.pull(cursor);
      changes.push(...page.serverChanges);
      cursor = page.syncedUntil;
      hasMore = page.hasMore;
    }
    await applyChanges(db, { since, changes, cursor: cursor as string }, now());
    since = cursor;
  }
}
