import { Dexie, type Table } from 'dexie';
import type { JsonObject } from '../../core/json.ts';
import type { AiActor } from '../../core/log/actor.ts';
import type { Op } from '../../core/log/change.ts';
import type { AttributedRecord } from '../../core/sync/attributed-record.ts';
import type { HybridClock } from '../../core/sync/hybrid-clock.ts';
import type { OutboxEntry } from '../../core/sync/next-batch.ts';
import type { SyncState } from '../../core/sync/sync-state.ts';
import type { PushedChange, WireFields } from '../../core/sync/wire.ts';
import type { Note } from './note.ts';

/** Names a record, as the log does. */
export interface RecordRef {
  appId: string;
  table: string;
  id: string;
}

/**
 * A record as it is shown; there is a row while it is not deleted. Apart from what the log has of it, since a list reads
 * many: 20,000 of these rows are read in a third of the time that they take with the times of all their fields (Chromium).
 */
export interface RecordRow extends RecordRef {
  data: JsonObject;
  /** By which the records of a collection are listed in the order of their making. */
  firstPosition: number;
  /** Whether a change of the person's own has not come back from the service yet. */
  pending: boolean;
  /** The proposal that was approved and whose effects on it the service has not made yet; null: none. */
  unconfirmedBy: string | null;
  /** Of proposals and iterations, so that they can be looked up. */
  status?: string;
  missionId?: string;
}

/** What the log has of a record, deleted or not. */
export interface ConfirmedRow extends RecordRef {
  record: AttributedRecord;
}

/** A record that a decision is foreseen to change. */
export interface ForeseenWrite extends RecordRef {
  fields: WireFields;
}

/** What the service does not have yet, or has and has not sent back. */
export interface OutboxRow extends OutboxEntry {
  seq: number;
  eventId: string;
  change: PushedChange;
  /** Of a decision: who its effects are by, and what is shown of it until the service has made it. */
  foreseen: { actor: AiActor; writes: ForeseenWrite[] } | null;
}

/** What an AI actor changed, for the timeline: the record itself may hold other values by now. */
export interface AiChange extends RecordRef {
  position: number;
  op: Op;
  data: JsonObject;
  /** What its fields held before, of those that held anything. */
  before: JsonObject;
  actor: AiActor;
  /** Beside the actor, to be looked up by. */
  missionId: string;
  createdAt: string;
}

/** The values that there is one of. */
export interface MetaValues {
  /** Names this replica in the log. */
  clientId: string;
  clock: HybridClock;
  /** Where in the log the records stand; none before the first page. */
  cursor: string | undefined;
  /** When the service was last heard of, by this device's clock. */
  lastSyncAt: string;
  /** Of the tab that leads. */
  state: SyncState;
  /** Changes when a tab asks the one that leads for another try. */
  asked: string;
}

type RecordKey = [appId: string, table: string, id: string];

export type ReplicaDatabase = Dexie & {
  records: Table<RecordRow, RecordKey>;
  confirmed: Table<ConfirmedRow, RecordKey>;
  outbox: Table<OutboxRow, number, Omit<OutboxRow, 'seq'>>;
  notes: Table<Note, string>;
  aiChanges: Table<AiChange, number>;
  meta: Table<{ name: string; value: unknown }, string>;
};

/** Where the browser keeps databases; tests bring their own. */
export interface BrowserStorage {
  indexedDB: { open: (...of: never[]) => unknown };
  IDBKeyRange: object;
}

/** Opens the database of one person at one service, or makes it. */
export function openDatabase(name: string, { indexedDB, IDBKeyRange }: BrowserStorage): ReplicaDatabase {
  const options = { indexedDB, IDBKeyRange, cache: 'disabled' } as ConstructorParameters<typeof Dexie>[1];
  const db = new Dexie(name, options) as ReplicaDatabase;
  db.version(1).stores({
    records: '[appId+table+id], [appId+table+status], [appId+table+missionId]',
    confirmed: '[appId+table+id]',
    outbox: '++seq, &eventId, *touches',
    notes: 'id, at',
    aiChanges: 'position, [missionId+position], [appId+table+id]',
    meta: 'name',
  });
  return db;
}

/** One name per service and person, so that nobody sees another's replica. */
export function databaseName(baseUrl: string, userId: string): string {
  return `pg-missions:${JSON.stringify([new URL(baseUrl).origin, userId])}`;
}

/** A record's name as one text. */
export function keyOf({ appId, table, id }: RecordRef): string {
  return JSON.stringify([appId, table, id]);
}

/** The name that `keyOf` wrote. */
export function refOf(key: string): RecordRef {
  const [appId, table, id] = primaryKeyOf(key);
  return { appId, table, id };
}

/** One transaction over everything: all that is written in it is stored, or nothing. */
export function transact<T>(db: ReplicaDatabase, act: () => Promise<T>): Promise<T> {
  return db.transaction('rw', db.tables, act);
}

/** A record's primary key. */
export function primaryKeyOf(key: string): RecordKey {
  return JSON.parse(key) as RecordKey;
}

export async function readMeta<Name extends keyof MetaValues>(
  db: ReplicaDatabase,
  name: Name,
): Promise<MetaValues[Name] | undefined> {
  return (await db.meta.get(name))?.value as MetaValues[Name] | undefined;
}

export async function writeMeta<Name extends keyof MetaValues>(
  db: ReplicaDatabase,
  name: Name,
  value: MetaValues[Name],
): Promise<void> {
  await db.meta.put({ name, value });
}
