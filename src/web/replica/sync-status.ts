import { liveQuery } from 'dexie';
import { INITIAL_SYNC_STATE, nextSyncState, type SyncEvent, type SyncState } from '../../core/sync/sync-state.ts';
import { type ReplicaDatabase, readMeta, writeMeta } from './database.ts';

/** The state of syncing, the same in every tab: the tab that leads says it, by way of the database. */
export interface SyncStatus {
  current(): SyncState;
  /** Calls back at once and at each change; the returned function ends it. */
  subscribe(callback: (state: SyncState) => void): () => void;
  /** What has happened, in the tab that leads. */
  report(event: SyncEvent): void;
  /** Resolves when what was reported is stored, or could not be. */
  close(): Promise<void>;
}

export function createSyncStatus(db: ReplicaDatabase): SyncStatus {
  let state = INITIAL_SYNC_STATE;
  let leads = false;
  let stored = Promise.resolve();
  const callbacks = new Set<(state: SyncState) => void>();

  function show(next: SyncState): void {
    if (next.name === state.name && next.reason === state.reason) return;
    state = next;
    for (const callback of [...callbacks]) callback(state);
  }

  const others = liveQuery(() => readMeta(db, 'state')).subscribe({
    next: (told) => {
      if (told && !leads) show(told);
    },
    // A database that cannot be read says so where it is read for more than this.
    error: () => {},
  });

  return {
    current: () => state,

    subscribe(callback) {
      callbacks.add(callback);
      callback(state);
      return () => void callbacks.delete(callback);
    },

    report(event) {
      leads = event !== 'stop';
      show(nextSyncState(state, event));
      // The next tab that leads has its own to tell.
      if (!leads) return;
      const told = state;
      // Where storage is full, this tab shows it all the same.
      stored = stored.then(() => writeMeta(db, 'state', told)).catch(() => {});
    },

    async close() {
      others.unsubscribe();
      await stored;
    },
  };
}
