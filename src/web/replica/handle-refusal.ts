import type { SyncError } from '../../client/errors.ts';
import type { FieldIssue } from '../../core/modules/field-issues.ts';
import { correct, latestAllowed, NEW_CLOCK } from '../../core/sync/hybrid-clock.ts';
import { type OutboxRow, type ReplicaDatabase, readMeta, transact, writeMeta } from './database.ts';
import { divideAtLatest } from './divide-at-latest.ts';
import { refreshRecords } from './refresh-records.ts';
import { restamp } from './restamp.ts';
import { setAside } from './set-aside.ts';
import { toStampedRow } from './stamped-row.ts';
import { withdrawDecision } from './withdraw-decision.ts';

/**
 * Does what it takes for the rest of a refused push to go on: sets the change aside that the service names, or stamps anew
 * what lies in its future. Nothing of a refused push is in the log by it. False: it is not about a change, or not about this
 * one alone, or the log has the change already and it has yet to come back; another try would fare no better.
 */
export function handleRefusal(
  db: ReplicaDatabase,
  batch: readonly OutboxRow[],
  error: SyncError,
  nowMs: number,
): Promise<boolean> {
  return transact(db, async () => {
    const row = refusedRow(batch, error);
    if (!row) return false;
    const serverTime = error.problem?.serverTime;
    if (error.code === 'time_in_future' && typeof serverTime === 'string') {
      return stampAnew(db, serverTime, nowMs);
    }
    if (isInTheLogAtAnotherTime(error)) return false;
    const at = new Date(nowMs).toISOString();
    const issues = issuesOf(error).map((issue) => ({ ...issue, path: issue.path.replace(/^changes\.\d+\./, '') }));
    const refusal = { reason: error.code, message: error.message, issues };
    if (row.kind === 'decision') await withdrawDecision(db, row, { ...refusal, decision: null }, at);
    else await setAside(db, row, refusal, at);
    return true;
  });
}

/**
 * A request that was given up has arrived after all, of before the change was stamped anew. Whatever was written upon it waits:
 * the log comes back with its time (see overtakenRows).
 */
export function isInTheLogAtAnotherTime(error: SyncError): boolean {
  return error.code === 'event_id_reused' && issuesOf(error).some(({ path }) => path.endsWith('.updatedAt'));
}

/** The row that the problem names, by its place in the push; a lone one too large is meant without being named. */
function refusedRow(batch: readonly OutboxRow[], error: SyncError): OutboxRow | undefined {
  if (error.status === 413) return batch.length === 1 ? batch[0] : undefined;
  if (error.status < 400 || error.status > 499) return undefined;
  for (const { path } of issuesOf(error)) {
    const [, index] = /^changes\.(\d+)(?:\.|$)/.exec(path) ?? [];
    if (index !== undefined) return batch[Number(index)];
  }
  return undefined;
}

function issuesOf({ problem }: SyncError): FieldIssue[] {
  const errors = Array.isArray(problem?.errors) ? problem.errors : [];
  return errors.flatMap((item) => {
    const { path, message } = (item ?? {}) as Record<string, unknown>;
    return typeof path === 'string' ? [{ path, message: String(message) }] : [];
  });
}

/** False: there is nothing that must be stamped anew, so another push would be refused like this one. */
async function stampAnew(db: ReplicaDatabase, serverTime: string, nowMs: number): Promise<boolean> {
  const rows = await db.outbox.orderBy('seq').toArray();
  const { early, kept } = divideAtLatest(rows, latestAllowed(serverTime), toStampedRow);
  await writeMeta(db, 'clock', correct((await readMeta(db, 'clock')) ?? NEW_CLOCK, { serverTime, nowMs, kept }));
  await restamp(db, early, nowMs);
  await refreshRecords(
    db,
    early.flatMap(({ touches }) => touches),
  );
  return early.length > 0;
}
