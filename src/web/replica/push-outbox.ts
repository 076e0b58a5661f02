import { Dexie } from 'dexie';
import { SyncError } from '../../client/errors.ts';
import { nextBatch } from '../../core/sync/next-batch.ts';
import type { SyncEvent } from '../../core/sync/sync-state.ts';
import { acknowledgePush } from './acknowledge-push.ts';
import type { Service } from './connect-service.ts';
import { type OutboxRow, type ReplicaDatabase, readMeta } from './database.ts';
import { handleRefusal } from './handle-refusal.ts';

export interface PushDeps {
  db: ReplicaDatabase;
  now(): number;
  report(event: SyncEvent): void;
}

/** Of the outbox, what is looked at for the next push: rows leave it at the front. */
const WINDOW = 1_000;
/** What one push carries. The service takes 5,000 changes and 10 MB; a refused push has to be sent again. */
export const BATCH_LIMITS = { changes: 200, characters: 3_000_000 };

/** Pushes the outbox, and then what comes into it, until the signal; throws what keeps it from going on. */
export async function pushOutbox(deps: PushDeps, service: Service, signal: AbortSignal): Promise<void> {
  const changes = watchOutbox(deps.db);
  try {
    while (!signal.aborted) {
      await pushAll(deps, service, signal);
      await changes.next(signal);
    }
  } finally {
    changes.close();
  }
}

async function pushAll({ db, now, report }: PushDeps, service: Service, signal: AbortSignal): Promise<void> {
  const limits = { ...BATCH_LIMITS };
  for (;;) {
    const { batch, since } = await takeBatch(db, limits);
    if (batch.length === 0) break;
    if (signal.aborted) return;
    report('sending');
    try {
      const [first] = batch as [OutboxRow];
      const changes = batch.map(({ change }) => change);
      const answer = await service.push(first.appId, changes, since);
      await acknowledgePush(db, batch, answer, now());
      limits.changes = BATCH_LIMITS.changes;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.status === 413 && batch.length > 1) limits.changes = Math.ceil(batch.length / 2);
      else if (!(await handleRefusal(db, batch, error, now()))) throw error;
    }
  }
  report('sent');
}

interface Batch {
  batch: OutboxRow[];
  /** How far this replica knows the log. */
  since: string | undefined;
}

/** The rows to push next; from now on they cannot be undone, since they may arrive. */
function takeBatch(db: ReplicaDatabase, limits: typeof BATCH_LIMITS): Promise<Batch> {
  return db.transaction('rw', [db.outbox, db.meta], async () => {
    const [rows, since] = await Promise.all([db.outbox.orderBy('seq').limit(WINDOW).toArray(), readMeta(db, 'cursor')]);
    const batch = nextBatch(rows, limits).map((row): OutboxRow => ({ ...row, state: 'sending' }));
    if (batch.length > 0) await db.outbox.bulkPut(batch);
    return { batch, since };
  });
}

/**
 * Tells that the outbox may have changed, in whichever tab. A hint: the rows are the truth. Heard from the commit itself: a
 * live query would first ask the database, at a time when the whole page asks it.
 */
function watchOutbox({ name }: ReplicaDatabase) {
  let changed = false;
  let wake = () => {};
  const hear = (parts: object) => {
    // Every range of a table is named after it; `all` is said when a page comes back out of the browser's cache.
    if (!('all' in parts) && !(`idb://${name}/outbox/` in parts)) return;
    changed = true;
    wake();
  };
  Dexie.on('storagemutated', hear);
  return {
    /** Resolves at the next change, or at one since the last call, or with the signal. */
    async next(signal: AbortSignal): Promise<void> {
      if (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', wake);
        });
        signal.removeEventListener('abort', wake);
      }
      changed = false;
    },
    close: () => Dexie.on.storagemutated.unsubscribe(hear),
  };
}
