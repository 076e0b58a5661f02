import { liveQuery } from 'dexie';
import { toasts } from '../components/toasts.svelte.ts';
import { i18n } from '../i18n/i18n.svelte.ts';
import type { DecideResult, ProposalDecision } from '../replica/decide.ts';
import { session } from '../session/session.svelte.ts';
import { words } from './words.ts';

/** The decisions of this page, so that the last can be taken back while it has not gone out. */
class Decisions {
  #last: string[] = [];

  /** Decides, and offers to take it back as long as the service cannot be reached. `name` is what the card says. */
  async make(decision: ProposalDecision, name: string): Promise<DecideResult> {
    const result = await session.replica.decide(decision);
    if (!result.ok) return result;
    this.#last.push(decision.proposalId);
    if (session.sync.name === 'offline' || session.sync.name === 'error') {
      const { heldBack, undo } = i18n.of(words);
      const status = decision.decision === 'approve' ? 'approved' : 'rejected';
      const { proposalId } = decision;
      const dismiss = toasts.note(heldBack[status](name), { label: undo, run: () => void this.#undo(proposalId) });
      whenSettled(proposalId, dismiss);
    }
    return result;
  }

  /** Takes back the last decision, and says so, or why that is not possible any more. */
  async undoLast(): Promise<void> {
    const last = this.#last.at(-1);
    if (last === undefined) toasts.note(i18n.of(words).nothingToUndo);
    else await this.#undo(last);
  }

  async #undo(proposalId: string): Promise<void> {
    const result = await session.replica.undoDecision(proposalId);
    this.#last = this.#last.filter((id) => id !== proposalId);
    const { undone, alreadySent } = i18n.of(words);
    toasts.note(result.ok ? undone : alreadySent);
  }
}

/** Calls back when a decision cannot be taken back any more: it has been, here or in another tab, or it went out. */
function whenSettled(proposalId: string, callback: () => void): void {
  const { replica } = session;
  const settle = () => {
    subscription.unsubscribe();
    callback();
  };
  const subscription = liveQuery(() => replica.canUndoDecision(proposalId)).subscribe({
    next: (canUndo) => canUndo || settle(),
    error: settle,
  });
}

export const decisions = new Decisions();
