import { Dexie, type Table } from 'dexie';
import type { JsonObject } from '../../core/json.ts';
import type { AiActor } from '../../core/log/actor.ts';
import type { Op } from '../../core/log/change.ts';
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

/** A record as it is shown, with what the log has of it. */
export interface RecordRow extends RecordRef {
  data: JsonObject;
  /** 1 while it is not deleted: a boolean could not be indexed. */
  live: 0 | 1;
  /** By which the records of a collection are listed in the order of their making. */
  firstPosition: number;
  pending: boolean;
  unconfirmedBy: string | null;
  /** Of proposals and iterations, so that they can be looked up. */
  status?: string;
  missionId?: string;
  /**
   * What the log has (an AttributedRecord, or null), as JSON: only syncing and "why is it so" read it, and a list of many
   * records is read faster when the browser need not rebuild the times of all their fields.
   */
  confirmed: string;
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
  actor: AiActor;
  /** Beside the actor, to be looked up by. */
  missionId: string;
  iterationId: string;
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

export type ReplicaDatabase = Dexie & {
  records: Table<RecordRow, [appId: string, table: string, id: string]>;
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
    records: '[appId+table+id], [appId+table+live], [appId+table+status], [appId+table+missionId]',
    outbox: '++seq, &eventId, *touches',
    notes: 'id, at',
    aiChanges: 'position, [missionId+position], [iterationId+position]',
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
  const [appId, table, id] = JSON.parse(key) as [string, string, string];
  return { appId, table, id };
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
