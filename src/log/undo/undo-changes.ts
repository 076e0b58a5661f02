import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { USER } from '../../core/log/actor.ts';
import type { Change } from '../../core/log/change.ts';
import { addressKey, type RecordAddress } from '../../core/log/record-address.ts';
import { undoRecord } from '../../core/log/undo.ts';
import { serverOwnedCollections } from '../../core/modules/missions-module.ts';
import type { Registry } from '../../core/modules/registry.ts';
import { appendChanges } from '../../database/append-changes.ts';
import type { Transaction } from '../../database/database.ts';
import { readRecord } from '../../database/read-records.ts';
import { jsonb } from '../../database/statement.ts';
import { supersedeOfDeleted } from '../../missions/write-mission.ts';
import { labelOf } from '../label-of.ts';
import { type HistoryChange, readHistories } from '../past/read-history.ts';
import { foldHistory } from '../past/record-at.ts';
import type { UndoneRecord, UndoReport } from './undo-report.ts';

/** What is taken back: what an iteration or one proposal has changed, or every change between two positions, both included. */
export type UndoTarget = { kind: 'iteration' | 'proposal'; id: string } | { kind: 'range'; from: number; to: number };

export interface UndoOptions {
  userId: string;
  registry: Registry;
  now: Date;
  /** Only tell what would be done. */
  dryRun: boolean;
}

/** Appended at a time. */
const BATCH = 1_000;

/**
 * Takes changes back by appending others, made by the person, that set each field to what it would be without them:
 * `undoRecord` says how, and the report what. Worked out under the user's log lock, and appended in the same transaction.
 * To take it back once more is nothing new: by then other writes stand. Null when there is no such iteration or proposal.
 * The service's own records of what was planned and decided are history, and stay as they are.
 */
export async function undoChanges(
  tx: Transaction,
  target: UndoTarget,
  options: UndoOptions,
): Promise<UndoReport | null> {
  if (!options.dryRun) await tx.query(sql`select lock_log()`);
  const taken = await readTaken(tx, target);
  if (!taken) return null;
  const isTaken = (position: number) => taken.positions.has(position);
  const histories = await readHistories(tx, taken.addresses, Number.MAX_SAFE_INTEGER);

  const changes: Change[] = [];
  const records: UndoneRecord[] = [];
  for (const address of taken.addresses) {
    const history = histories.get(addressKey(address)) ?? [];
    const undo = undoRecord(history, isTaken);
    changes.push(...undo.changes.map((change) => toChange(address, change, history, isTaken)));
    records.push(toRecord(options.registry, address, undo, history));
  }
  const positions = options.dryRun ? null : await append(tx, options, changes);
  return { dryRun: options.dryRun, positions, records };
}

/** The positions of the changes that a target names, and the records that they are of. */
async function readTaken(
  tx: Transaction,
  target: UndoTarget,
): Promise<{ positions: Set<number>; addresses: RecordAddress[] } | null> {
  let condition = sql`false`;
  if (target.kind === 'range') {
    condition = sql`position between ${target.from} and ${target.to}`;
  } else {
    const table = target.kind === 'iteration' ? 'aiIterations' : 'aiProposals';
    const member = target.kind === 'iteration' ? 'iterationId' : 'proposalId';
    const record = await readRecord(tx, 'ai', table, target.id);
    if (!record) return null;
    // What it changed came after it, or with it.
    condition = sql`position >= ${record.firstPosition} and actor ->> 'kind' = 'ai' and actor ->> ${member} = ${target.id}`;
  }
  const rows = await tx.query<RecordAddress & { position: number }>(sql`
    select position, app_id as "appId", table_name as "table", record_id as id from sync_changes
    where user_id = current_user_id() and ${condition}
      and not (app_id || '/' || table_name = any (array(select jsonb_array_elements_text(${jsonb([...serverOwnedCollections])}))))
    order by position`);
  return {
    positions: new Set(rows.map(({ position }) => position)),
    addresses: [...new Map(rows.map(({ position: _, ...address }) => [addressKey(address), address])).values()],
  };
}

function toChange(
  { appId, table, id }: RecordAddress,
  { op, data }: Pick<Change, 'op' | 'data'>,
  history: HistoryChange[],
  isTaken: (position: number) => boolean,
): Change {
  // Of event ids, not positions: those are others in a log that the change is carried to.
  const basis = [
    ...history.filter(({ position }) => isTaken(position)).map(({ eventId }) => eventId),
    history.at(-1)?.eventId,
  ];
  const hash = createHash('sha256').update(JSON.stringify([appId, table, id, op, basis]));
  const eventId = `undo-${hash.digest('hex').slice(0, 32)}`;
  return { id: eventId, appId, tableName: table, recordId: id, op, data, actor: USER };
}

function toRecord(
  registry: Registry,
  address: RecordAddress,
  { outcome, back, kept }: ReturnType<typeof undoRecord>,
  history: HistoryChange[],
): UndoneRecord {
  const changes = new Map(history.map((change) => [change.position, change]));
  return {
    ...address,
    label: labelOf(registry, address, foldHistory(history)?.data ?? {}),
    outcome,
    back,
    kept: kept.flatMap(({ position, ...field }) => {
      const change = changes.get(position);
      return change ? [{ ...field, position, actor: change.actor, arrivedAt: change.arrivedAt }] : [];
    }),
  };
}

/** Appends, and returns where; null when there was nothing to append. */
async function append(
  tx: Transaction,
  { userId, now }: UndoOptions,
  changes: Change[],
): Promise<{ from: number; to: number } | null> {
  const positions: number[] = [];
  for (let start = 0; start < changes.length; start += BATCH) {
    const admitted = await appendChanges(tx, userId, changes.slice(start, start + BATCH));
    positions.push(...admitted.map(({ position }) => position));
  }
  // As wherever a mission is deleted: what it still proposed goes with it.
  const missions = changes.filter(({ appId, tableName }) => appId === 'ai' && tableName === 'aiMissions');
  await supersedeOfDeleted(
    tx,
    userId,
    missions.map(({ recordId }) => recordId),
    now,
  );
  const [from, to] = [positions[0], positions.at(-1)];
  return from === undefined || to === undefined ? null : { from, to };
}
