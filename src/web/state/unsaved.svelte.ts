import { on } from 'svelte/events';

/** What stands in open forms and is saved nowhere: whoever is about to throw it away is asked first. */
class Unsaved {
  #forms = new Set<() => boolean>();
  #answer = $state.raw<((discards: boolean) => void) | null>(null);

  /** Whether there is a form with something in it that would be lost. */
  get any(): boolean {
    return [...this.#forms].some((isWritten) => isWritten());
  }

  /** Whether the question waits for its answer. */
  get isAsked(): boolean {
    return this.#answer !== null;
  }

  /** Watches over a form; `isWritten` says whether something would be lost. Returns the way to stop. */
  watch(isWritten: () => boolean): () => void {
    this.#forms.add(isWritten);
    return () => void this.#forms.delete(isWritten);
  }

  /** Asks whether what is written may be thrown away. */
  mayDiscard(): Promise<boolean> {
    this.answer(false);
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /** Before all forms of the page are left. */
  async mayLeavePage(): Promise<boolean> {
    const mayLeave = !this.any || (await this.mayDiscard());
    if (mayLeave) this.#forms.clear();
    return mayLeave;
  }

  answer(discards: boolean): void {
    this.#answer?.(discards);
    this.#answer = null;
  }
}

export const unsaved = new Unsaved();

/**
 * The way out of a form: asks first when something would be lost, and has the browser ask before the tab is closed. To be
 * called while a component is set up; what is saved is let go of with `release`.
 */
export function guardForm(isWritten: () => boolean): { leave(go: () => void): Promise<void>; release(): void } {
  let isReleased = $state(false);
  const isHeld = () => !isReleased && isWritten();
  $effect(() => unsaved.watch(isHeld));
  $effect(() => (isHeld() ? on(window, 'beforeunload', (event) => event.preventDefault()) : undefined));
  const release = () => {
    isReleased = true;
  };
  return {
    async leave(go) {
      // One key may mean it twice: to the form, and to the dialog around it.
      if (isReleased || (isHeld() && !(await unsaved.mayDiscard()))) return;
      release();
      go();
    },
    release,
  };
}
