import { sql } from 'drizzle-orm';
import type { Change } from '../core/log/change.ts';
import type { Registry } from '../core/modules/registry.ts';
import type { PushEntry } from '../core/sync/accept-push.ts';
import type { PushedTime } from '../core/sync/change-form.ts';
import type { Since } from '../core/sync/cursor.ts';
import type { Conflict, DecisionConflict, PushAnswer } from '../core/sync/wire.ts';
import { type AppendedBatch, appendBatch } from '../database/append-batch.ts';
import { type Database, type Transaction, withUser } from '../database/database.ts';
import { keep } from '../database/statement.ts';
import type { Metrics } from '../metrics.ts';
import { supersedeOfDeleted } from '../missions/write-mission.ts';
import { reachMilestone } from '../reach-milestone.ts';
import { findConflicts } from './find-conflicts.ts';
import { isAhead, readChanges } from './read-changes.ts';
import { settleDecision } from './settle-decision.ts';

/** A push answers with at most so many changes of others; the client pulls the rest. */
const MAX_SERVER_CHANGES = 1_000;

export interface Push {
  appId: string;
  clientId: string;
  since: Since;
  entries: PushEntry[];
  /** The greatest time that the push names, and where. */
  latest: PushedTime | null;
}

export interface PushDeps {
  registry: Registry;
  userId: string;
  now: Date;
  metrics?: Pick<Metrics, 'pushed'> | undefined;
}

export type PushOutcome =
  | { ok: true; answer: PushAnswer }
  | { ok: false; reason: 'cursor_ahead' }
  | { ok: false; reason: 'time_in_future'; path: string; serverTime: string }
  /** The log refused a change, for a reason that cannot be known before: see db/functions/refuse_change.sql. */
  | { ok: false; reason: 'change_refused'; index: number; refusal: LogRefusal };

export interface LogRefusal {
  /** The stable code of the log. */
  code: string;
  /** The column of the log, and the way into it. */
  column: string;
  message: string;
}

/**
 * Appends a push in one transaction, all of it or none, and answers with what the client lacks. Under the user's log lock,
 * so what is answered is the log as it stands right after the push.
 */
export async function pushChanges(db: Database, deps: PushDeps, push: Push): Promise<PushOutcome> {
  const attempt = async (append: AppendGroup): Promise<PushOutcome> => {
    const { answer, foldMs } = await withUser(db, deps.userId, (tx) => pushOnce(tx, deps, push, append));
    reachMilestone('push_committed');
    deps.metrics?.pushed(push.entries.length, foldMs / 1_000);
    return { ok: true, answer };
  };
  try {
    try {
      return await attempt(appendTogether);
    } catch (error) {
      // Postgres does not say which row it was: what appends all at once must be tried again to find out.
      if (error instanceof RefusedChange || error instanceof NotPushed || !refusalOf(error)) throw error;
      return await attempt(appendNarrowingDown);
    }
  } catch (error) {
    if (error instanceof NotPushed) return error.outcome;
    if (!(error instanceof RefusedChange)) throw error;
    return { ok: false, reason: 'change_refused', index: error.index, refusal: error.refusal };
  }
}

async function pushOnce(
  tx: Transaction,
  deps: PushDeps,
  push: Push,
  append: AppendGroup,
): Promise<{ answer: PushAnswer; foldMs: number }> {
  const groups = groupEntries(push.entries);
  const readPage = () =>
    readChanges(tx, {
      appIds: [push.appId],
      since: push.since,
      limit: MAX_SERVER_CHANGES,
      exceptClientId: push.clientId,
    });
  // Nearly every push is one statement. Then nothing waits for an answer: lock, append and page travel together.
  const isOneStatement = append === appendTogether && groups.every(isOfChanges) && !push.entries.some(isMissionDelete);
  let lockedAt = 0;
  const locking = lockLog(tx).then((log) => {
    lockedAt = performance.now();
    refuseUnfit(push, log);
    return log;
  });
  if (!isOneStatement) await locking;
  const writing = write(tx, deps, push, { groups, append });
  const [locked, written, read] = await Promise.allSettled([locking, writing, isOneStatement ? readPage() : undefined]);
  const log = unwrap(locked);
  const { admitted, mayHaveLost, lost, writtenAt } = unwrap(written);
  const replayed = eventIdsOf(push).filter((id) => !admitted.has(id));
  const fieldConflicts =
    mayHaveLost || replayed.length > 0 ? await findConflicts(tx, push, { headBefore: log.head, replayed }) : [];
  const page = unwrap(read) ?? (await readPage());
  if (!page.ok) throw new Error('the log moved under its lock');
  const { changes, syncedUntil, hasMore } = page;
  const conflicts: Conflict[] = [...fieldConflicts, ...lost];
  reachMilestone('push_before_commit');
  return { answer: { serverChanges: changes, conflicts, syncedUntil, hasMore }, foldMs: writtenAt - lockedAt };
}

/** Throws, when there is a reason not to push that is known once the log is locked. */
function refuseUnfit({ since, latest }: Push, log: LockedLog): void {
  if (isAhead(since, log)) throw new NotPushed({ ok: false, reason: 'cursor_ahead' });
  if (latest && latest.at > log.latestAllowed) {
    throw new NotPushed({ ok: false, reason: 'time_in_future', path: latest.path, serverTime: log.serverTime });
  }
}

interface Written {
  /** Event ids. */
  admitted: Set<string>;
  mayHaveLost: boolean;
  lost: DecisionConflict[];
  writtenAt: number;
}

async function write(
  tx: Transaction,
  deps: PushDeps,
  push: Push,
  { groups, append }: { groups: Group[]; append: AppendGroup },
): Promise<Written> {
  const lost: DecisionConflict[] = [];
  const admitted = new Set<string>();
  let mayHaveLost = false;
  for (const group of groups) {
    if (isOfChanges(group)) {
      const batch = await append(tx, deps.userId, group.entries);
      for (const { id } of batch.admitted) admitted.add(id);
      mayHaveLost ||= batch.mayHaveLost;
      const deleted = group.entries.filter(isMissionDelete).map(({ change }) => change.recordId);
      if (deleted.length > 0) await supersedeOfDeleted(tx, deps.userId, deleted, deps.now);
    } else {
      const conflict = await locate(group.entry.index, () => settleDecision(tx, deps, push.clientId, group.entry));
      if (conflict) lost.push(conflict);
      mayHaveLost = true;
    }
  }
  return { admitted, mayHaveLost, lost, writtenAt: performance.now() };
}

function isMissionDelete(entry: PushEntry): entry is ChangeEntry {
  if (entry.kind !== 'change') return false;
  const { appId, tableName, op } = entry.change;
  return appId === 'ai' && tableName === 'aiMissions' && op === 'delete';
}

interface LockedLog {
  head: number;
  epoch: string;
  serverTime: string;
  /** The allowed skew later: see db/functions/normalise_stamp.sql. */
  latestAllowed: string;
}

async function lockLog(tx: Transaction): Promise<LockedLog> {
  const [log] = await tx.query<LockedLog>(
    keep(sql`
    select lock_log() as head, current_epoch() as epoch, format_stamp(clock_timestamp()) as "serverTime",
           format_stamp(clock_timestamp() + interval '60 seconds') as "latestAllowed"`),
  );
  return log as LockedLog;
}

type ChangeEntry = Extract<PushEntry, { kind: 'change' }>;
type DecisionEntry = Extract<PushEntry, { kind: 'decision' }>;
type ChangesGroup = { kind: 'changes'; entries: ChangeEntry[] };
type Group = ChangesGroup | { kind: 'decision'; entry: DecisionEntry };

/** Changes that follow one another go to the log in one statement; a decision sees all that came before it. */
function groupEntries(entries: PushEntry[]): Group[] {
  const groups: Group[] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (entry.kind === 'decision') groups.push({ kind: 'decision', entry });
    else if (last?.kind === 'changes') last.entries.push(entry);
    else groups.push({ kind: 'changes', entries: [entry] });
  }
  return groups;
}

function isOfChanges(group: Group): group is ChangesGroup {
  return group.kind === 'changes';
}

function eventIdsOf({ entries }: Push): string[] {
  return entries.flatMap((entry) =>
    entry.kind === 'change' && entry.change.id !== undefined ? [entry.change.id] : [],
  );
}

type AppendGroup = (tx: Transaction, userId: string, entries: ChangeEntry[]) => Promise<AppendedBatch>;

const appendTogether: AppendGroup = (tx, userId, entries) => appendBatch(tx, userId, entries.map(changeOf));

/** Appends by halves, so that the first change that the log refuses is found in a few statements. */
const appendNarrowingDown: AppendGroup = async (tx, userId, entries) => {
  const [first] = entries;
  if (!first) return { admitted: [], mayHaveLost: false };
  if (entries.length === 1) return locate(first.index, () => appendTogether(tx, userId, entries));
  await tx.query(sql`savepoint before_group`);
  try {
    return await appendTogether(tx, userId, entries);
  } catch (error) {
    if (!refusalOf(error)) throw error;
    await tx.query(sql`rollback to savepoint before_group`);
    const half = Math.ceil(entries.length / 2);
    const before = await appendNarrowingDown(tx, userId, entries.slice(0, half));
    const after = await appendNarrowingDown(tx, userId, entries.slice(half));
    return { admitted: [...before.admitted, ...after.admitted], mayHaveLost: true };
  }
};

function changeOf({ change }: ChangeEntry): Change {
  return change;
}

/** Ends the transaction, and says why. */
class NotPushed extends Error {
  readonly outcome: PushOutcome;

  constructor(outcome: PushOutcome) {
    super('the push does not fit the log');
    this.outcome = outcome;
  }
}

/** Ends the transaction, and says at which change of the push. */
class RefusedChange extends Error {
  readonly index: number;
  readonly refusal: LogRefusal;

  constructor(index: number, refusal: LogRefusal, cause?: unknown) {
    super(refusal.message, { cause });
    this.index = index;
    this.refusal = refusal;
  }
}

function unwrap<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

async function locate<T>(index: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal ? new RefusedChange(index, refusal, error) : error;
  }
}

/** What the log refused, as `refuse_change` raises it and `settleDecision` throws it; null for any other failure. */
function refusalOf(error: unknown): LogRefusal | null {
  const { code, constraint, column, message } = (error ?? {}) as Record<string, unknown>;
  if (code !== 'PM001') return null;
  return { code: String(constraint), column: String(column), message: String(message) };
}
