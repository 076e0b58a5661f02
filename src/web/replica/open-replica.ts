import { liveQuery } from 'dexie';
import type { JsonObject } from '../../core/json.ts';
import type { Registry } from '../../core/modules/registry.ts';
import type { SyncState } from '../../core/sync/sync-state.ts';
import { connectService } from './connect-service.ts';
import {
  databaseName,
  openDatabase,
  type RecordRef,
  type RecordRow,
  type ReplicaDatabase,
  readMeta,
  writeMeta,
} from './database.ts';
import { type DecideResult, decide, type Preview, type ProposalDecision, previewProposal } from './decide.ts';
import type { TokenSource } from './guard-token.ts';
import type { Note } from './note.ts';
import type { Platform } from './platform.ts';
import { explainRecord, type FieldAttribution } from './read/explain-record.ts';
import { type FoundRecord, findRecord } from './read/find-record.ts';
import { type AiChangesQuery, listAiChanges } from './read/list-ai-changes.ts';
import { listAttributed } from './read/list-attributed.ts';
import { listIterationsOf, listPendingProposals, listProposalsOf } from './read/list-proposals.ts';
import { getRecord, listRecords } from './read/list-records.ts';
import { type RetryResult, retryRefused } from './retry-refused.ts';
import { runSync } from './run-sync.ts';
import { createSyncStatus } from './sync-status.ts';
import { canUndoDecision, type UndoResult, undoDecision } from './undo-decision.ts';
import { type Write, type WriteResult, write } from './write.ts';

export interface ReplicaOptions {
  /** Where the service is; a page that it serves: `location.origin`. */
  baseUrl: string;
  /** Whose replica it is: the subject of the token, or of a service without tokens its one user. */
  userId: string;
  token?: TokenSource;
  registry: Registry;
  platform: Platform;
  /** The database is gone or of a newer version, by another tab's doing: nothing works any more; load the page anew. */
  onClosed?: () => void;
}

/** One person's records on this device, kept in sync with the service. What reads can be put into Dexie's `liveQuery`. */
export interface Replica {
  write(...writes: Write[]): Promise<WriteResult>;
  decide(decision: ProposalDecision): Promise<DecideResult>;
  /** What an approval would change; `params` is the person's own version of the parameters. */
  previewProposal(proposalId: string, params?: JsonObject): Promise<Preview>;
  undoDecision(proposalId: string): Promise<UndoResult>;
  /** Whether a decision is kept here that has not gone out. */
  canUndoDecision(proposalId: string): Promise<boolean>;

  listRecords(appId: string, table: string): Promise<RecordRow[]>;
  getRecord(appId: string, table: string, id: string): Promise<RecordRow | undefined>;
  /** As getRecord, and what was last known of a deleted one. */
  findRecord(ref: RecordRef): Promise<FoundRecord | undefined>;
  listPendingProposals(appId?: string): Promise<RecordRow[]>;
  listProposalsOf(missionId: string): Promise<RecordRow[]>;
  listIterationsOf(missionId: string): Promise<RecordRow[]>;
  listAiChanges(query: AiChangesQuery): ReturnType<typeof listAiChanges>;
  explainRecord(ref: RecordRef): Promise<Record<string, FieldAttribution> | undefined>;
  /** By id, the mission of each record of a collection that a mission made or changed. One query for a list of any length. */
  listAttributed(appId: string, table: string): Promise<Map<string, string>>;

  /** What the person should know of, the newest first. */
  listNotes(): Promise<Note[]>;
  dismissNote(id: string): Promise<void>;
  retryRefused(noteId: string): Promise<RetryResult>;

  /** How many changes and decisions have not come back from the service. */
  countUnsynced(): Promise<number>;
  lastSyncAt(): Promise<string | undefined>;
  syncState(): SyncState;
  /** Calls back at once and at each change; the returned function ends it. */
  onSyncState(callback: (state: SyncState) => void): () => void;
  /** Tries again at once, as after signing in; in whichever tab leads. */
  retry(): void;

  /** Lets another tab lead. What is stored stays. */
  close(): Promise<void>;
  /** Removes all that is stored, what was not pushed included: ask first. */
  signOut(): Promise<void>;
}

/** Opens a person's replica and begins to sync it, as soon as no other tab does. */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { platform, registry, baseUrl, userId, token, onClosed = () => {} } = options;
  const { now, newId } = platform;
  const name = databaseName(baseUrl, userId);
  const db = openDatabase(name, platform.storage);
  const clientId = await ensureClientId(db, newId);
  const writer = { db, registry, now, newId };
  const status = createSyncStatus(db);
  const closing = new AbortController();
  /** Of the tab that leads. */
  let nudge: (() => void) | null = null;

  const { fetch, time, network, onError } = platform;
  const leading = platform.locks.request(name, { signal: closing.signal }, () =>
    runSync(
      {
        ...{ db, clientId, now, time, network, onError, report: status.report },
        connect: (session) => connectService({ baseUrl, userId, clientId, token, fetch, time }, session),
      },
      closing.signal,
      (callback) => {
        nudge = callback;
      },
    ),
  );
  const led = leading.then(
    () => {},
    (error: unknown) => {
      if (!closing.signal.aborted) onError(error);
    },
  );

  // What another tab asks of the one that leads; the first is what was asked before.
  let heard = false;
  const asked = liveQuery(() => readMeta(db, 'asked')).subscribe({
    next: () => {
      if (heard) nudge?.();
      heard = true;
    },
    error: () => {},
  });

  const closedFromOutside = () => {
    if (closing.signal.aborted) return;
    void stop().then(onClosed);
    db.close();
  };
  db.on('close', closedFromOutside);
  db.on('versionchange', () => {
    closedFromOutside();
    // Dexie's own answer would open it again, and thus anew.
    return false;
  });

  async function stop(): Promise<void> {
    closing.abort(new Error('the replica is closed'));
    asked.unsubscribe();
    await led;
    await status.close();
  }

  return {
    write: (...writes) => write(writer, ...writes),
    decide: (decision) => decide(writer, decision),
    previewProposal: (proposalId, params) => previewProposal(writer, proposalId, params),
    undoDecision: (proposalId) => undoDecision(writer, proposalId),
    canUndoDecision: (proposalId) => canUndoDecision(db, proposalId),
    listRecords: (appId, table) => listRecords(db, appId, table),
    getRecord: (appId, table, id) => getRecord(db, appId, table, id),
    findRecord: (ref) => findRecord(db, ref),
    listPendingProposals: (appId) => listPendingProposals(db, new Date(now()), appId),
    listProposalsOf: (missionId) => listProposalsOf(db, missionId),
    listIterationsOf: (missionId) => listIterationsOf(db, missionId),
    listAiChanges: (query) => listAiChanges(db, query),
    explainRecord: (ref) => explainRecord(db, ref),
    listAttributed: (appId, table) => listAttributed(db, appId, table),
    listNotes: () => db.notes.orderBy('at').reverse().toArray(),
    dismissNote: (id) => db.notes.delete(id),
    retryRefused: (noteId) => retryRefused(writer, noteId),
    countUnsynced: () => db.outbox.count(),
    lastSyncAt: () => readMeta(db, 'lastSyncAt'),
    syncState: status.current,
    onSyncState: status.subscribe,
    retry() {
      if (nudge) nudge();
      else void writeMeta(db, 'asked', newId()).catch(onError);
    },
    async close() {
      await stop();
      db.close();
    },
    async signOut() {
      await stop();
      // Gone at once, even where another tab is asleep and keeps the database from being deleted.
      await Promise.allSettled(db.tables.map((table) => table.clear()));
      await db.delete();
    },
  };
}

function ensureClientId(db: ReplicaDatabase, newId: () => string): Promise<string> {
  return db.transaction('rw', [db.meta], async () => {
    const known = await readMeta(db, 'clientId');
    if (known !== undefined) return known;
    const made = newId();
    await writeMeta(db, 'clientId', made);
    return made;
  });
}
