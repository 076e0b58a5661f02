import { SyncError } from '../../client/errors.ts';
import type { Service } from './connect-service.ts';
import { type ReplicaDatabase, readMeta } from './database.ts';
import { addChanges, isWhole, newStretch } from './log-stretch.ts';
import { replaceLog, storeStretch } from './store-stretch.ts';

export interface CatchUpDeps {
  db: ReplicaDatabase;
  /** Names this replica. */
  clientId: string;
  now(): number;
}

/** A record that changed often is stored once for so many changes; a connection that breaks loses no more than those. */
const STORED_AT_ONCE = 50_000;

/** Pulls what the replica lacks. Where the log was set back, the replica begins anew; once, then it throws. */
export async function catchUp(deps: CatchUpDeps, service: Service): Promise<void> {
  try {
    await pullAll(deps, service);
  } catch (error) {
    if (!isOfAnotherLog(error)) throw error;
    await beginAnew(deps, service);
    await pullAll(deps, service);
  }
}

async function pullAll({ db, clientId, now }: CatchUpDeps, service: Service): Promise<void> {
  let since = await readMeta(db, 'cursor');
  for (let hasMore = true; hasMore; ) {
    const stretch = newStretch(since);
    while (hasMore && (stretch.changes < STORED_AT_ONCE || !isWhole(stretch, hasMore))) {
      const page = await service.pull(stretch.cursor);
      addChanges(stretch, page.serverChanges, page.syncedUntil, clientId);
      hasMore = page.hasMore;
    }
    await storeStretch(db, stretch, now());
    since = stretch.cursor;
  }
}

/** Behind this cursor there is nothing to go on from; or the service does not know its like. */
function isOfAnotherLog(error: unknown): boolean {
  return error instanceof SyncError && (error.code === 'cursor_ahead' || error.code === 'invalid_cursor');
}

/** The person sees the old records until the new ones are whole. */
async function beginAnew({ db, clientId, now }: CatchUpDeps, service: Service): Promise<void> {
  const whole = newStretch(undefined);
  for (let hasMore = true; hasMore; ) {
    const page = await service.pull(whole.cursor);
    addChanges(whole, page.serverChanges, page.syncedUntil, clientId);
    hasMore = page.hasMore;
  }
  await replaceLog(db, whole, now());
}
