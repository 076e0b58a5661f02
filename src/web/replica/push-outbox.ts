import { liveQuery } from 'dexie';
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
  for (let batch = await takeBatch(db, limits); batch.length > 0; batch = await takeBatch(db, limits)) {
    if (signal.aborted) return;
    report('sending');
    try {
      const [first] = batch as [OutboxRow];
      const changes = batch.map(({ change }) => change);
      const answer = await service.push(first.appId, changes, await readMeta(db, 'cursor'));
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

/** The rows to push next; from now on they cannot be undone, since they may arrive. */
function takeBatch(db: ReplicaDatabase, limits: typeof BATCH_LIMITS): Promise<OutboxRow[]> {
  return db.transaction('rw', [db.outbox], async () => {
    const batch = nextBatch(await db.outbox.orderBy('seq').limit(WINDOW).toArray(), limits);
    const sending = batch.map((row): OutboxRow => ({ ...row, state: 'sending' }));
    await db.outbox.bulkPut(sending);
    return sending;
  });
}

/** Tells that the outbox may have changed, in whichever tab. A hint: the rows are the truth. */
function watchOutbox(db: ReplicaDatabase) {
  let changed = false;
  let failure: unknown = null;
  let wake = () => {};
  const subscription = liveQuery(() => db.outbox.count()).subscribe({
    next() {
      changed = true;
      wake();
    },
    error(error) {
      failure = error;
      wake();
    },
  });
  return {
    /** Resolves at the next change, or at one since the last call, or with the signal. Throws when nobody can tell. */
    async next(signal: AbortSignal): Promise<void> {
      if (!changed && !failure && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', wake);
        });
        signal.removeEventListener('abort', wake);
      }
      if (failure) throw failure;
      changed = false;
    },
    close: () => subscription.unsubscribe(),
  };
}
