import type { RecordRow } from '../../replica/database.ts';
import type { Replica } from '../../replica/open-replica.ts';
import type { MissionDraft } from './mission-draft.ts';

/** What somebody has written and not saved. */
export interface KeptDraft {
  draft: MissionDraft;
  /** As it was when the writing began. */
  first: MissionDraft;
  /** The record that is edited, as it was then; null: a new mission. */
  before: RecordRow | null;
}

/**
 * Keeps what is not saved while one looks elsewhere in the client, and has the browser ask before the tab is closed. In
 * memory only, and of one replica: who signs out leaves nothing behind.
 */
class KeptDrafts {
  #replica: Replica | undefined;
  #drafts = new Map<string, KeptDraft>();

  of(replica: Replica, name: string): KeptDraft | undefined {
    return replica === this.#replica ? this.#drafts.get(name) : undefined;
  }

  keep(replica: Replica, name: string, draft: KeptDraft): void {
    if (replica !== this.#replica) {
      this.#replica = replica;
      this.#drafts.clear();
    }
    this.#drafts.set(name, draft);
    addEventListener('beforeunload', ask);
  }

  drop(name: string): void {
    this.#drafts.delete(name);
    if (this.#drafts.size === 0) removeEventListener('beforeunload', ask);
  }
}

export const keptDrafts = new KeptDrafts();

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
