import type { Conflict, PullAnswer, PushAnswer, PushedChange, WireChange } from '../core/sync/wire.ts';
import { CursorAheadError, SyncError } from './errors.ts';

export interface SyncOnceOptions {
  /** What the client has not had acknowledged, in its order. Give each change an eventId: pushing it again is then safe. */
  outbox: PushedChange[];
  /** The cursor of the last sync; absent: from the start, the client's own changes included: it has nothing. */
  since?: string;
}

/** All of it is done: the outbox is in the log, and `changes` is what the client lacked. */
export interface SyncResult {
  changes: WireChange[];
  conflicts: Conflict[];
  cursor: string;
  /**
   * The cursor was ahead of the log, so `changes` are all changes there are, the client's own included: fold them into an
   * empty replica, then what the outbox holds.
   */
  restarted: boolean;
}

export interface SyncParts {
  push(changes: PushedChange[], since?: string): Promise<PushAnswer>;
  pull(options: { since: string }): Promise<PullAnswer>;
  syncFromStart(): AsyncIterable<{ changes: WireChange[]; cursor: string }>;
}

/**
 * Pushes the outbox and pulls what the client lacks. Where the log was set back it begins from the start, and the outbox
 * is pushed all the same. Throws without a result when it cannot be finished: keep the outbox and call it again. Where the
 * service refuses a change, `changes.N` in the error is its place in the outbox.
 */
export async function syncOnce(parts: SyncParts, { outbox, since }: SyncOnceOptions): Promise<SyncResult> {
  if (since !== undefined) {
    try {
      return { ...(await pushAndPull(parts, outbox, since)), restarted: false };
    } catch (error) {
      if (!(error instanceof CursorAheadError)) throw error;
    }
  }
  const all: WireChange[] = [];
  let cursor = '0';
  for await (const page of parts.syncFromStart()) {
    all.push(...page.changes);
    cursor = page.cursor;
  }
  const rest = await pushAndPull(parts, outbox, cursor);
  return { ...rest, changes: [...all, ...rest.changes], restarted: since !== undefined };
}

/** The service takes 5,000 changes and 10 MB at a time. */
const MAX_CHANGES = 5_000;
const MAX_CHARACTERS = 3_000_000;

async function pushAndPull(parts: SyncParts, outbox: PushedChange[], since: string) {
  const changes: WireChange[] = [];
  const conflicts: Conflict[] = [];
  let cursor = since;
  let hasMore = true;
  const take = (answer: PullAnswer) => {
    changes.push(...answer.serverChanges);
    cursor = answer.syncedUntil;
    hasMore = answer.hasMore;
  };
  let pushed = 0;
  for (const batch of batchesOf(outbox)) {
    const answer = await parts.push(batch, cursor).catch((error: unknown) => {
      throw error instanceof SyncError ? atPlaceInOutbox(error, pushed) : error;
    });
    pushed += batch.length;
    conflicts.push(...answer.conflicts);
    take(answer);
  }
  while (hasMore) take(await parts.pull({ since: cursor }));
  return { changes, conflicts, cursor };
}

/** The service counts within a push; whoever handed in the outbox counts within that. */
function atPlaceInOutbox(error: SyncError, pushedBefore: number): SyncError {
  if (pushedBefore === 0 || error.problem === null) return error;
  const shift = (text: string) =>
    text.replace(/\bchanges\.(\d+)/g, (_, index) => `changes.${Number(index) + pushedBefore}`);
  const { code, status, retryAfterMs, problem } = error;
  const shifted = JSON.parse(shift(JSON.stringify(problem))) as NonNullable<typeof problem>;
  const details = { code, status, retryAfterMs, problem: shifted, cause: error };
  return error instanceof CursorAheadError
    ? new CursorAheadError(error.message, details)
    : new SyncError(shift(error.message), details);
}

function* batchesOf(outbox: PushedChange[]): Generator<PushedChange[]> {
  let batch: PushedChange[] = [];
  let characters = 0;
  for (const change of outbox) {
    const size = JSON.stringify(change).length;
    if (batch.length > 0 && (batch.length >= MAX_CHANGES || characters + size > MAX_CHARACTERS)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(change);
    characters += size;
  }
  if (batch.length > 0) yield batch;
}
