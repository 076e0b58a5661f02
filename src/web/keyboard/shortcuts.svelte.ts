import { untrack } from 'svelte';
import { on } from 'svelte/events';
import { KeySequence } from './key-sequence.ts';

export interface Shortcut {
  /** As `KeyboardEvent.key` has them, one after the other: `j`, `?`, `g i`. */
  keys: string;
  /** What it does, in the words of the interface; asked when it is shown. */
  label(): string;
  run(): void;
}

export type Scope = 'everywhere' | 'page';

/** The keys that do something now. A page adds its own for as long as it is shown. */
class Shortcuts {
  #active = $state.raw<(Shortcut & { scope: Scope })[]>([]);
  #sequence = new KeySequence();

  /** Those of a scope, in the order in which they were added. */
  of(scope: Scope): Shortcut[] {
    return this.#active.filter((shortcut) => shortcut.scope === scope);
  }

  /** Adds shortcuts and returns the way to remove them, so that it can be an effect: `$effect(() => shortcuts.add(...))`. */
  add(shortcuts: Shortcut[], scope: Scope = 'page'): () => void {
    const added = shortcuts.map((shortcut) => ({ ...shortcut, scope }));
    // An effect that adds must not run again because of what was added.
    const change = (to: (active: typeof added) => typeof added) => {
      this.#active = to(untrack(() => this.#active));
    };
    change((active) => [...active, ...added]);
    return () => change((active) => active.filter((shortcut) => !added.includes(shortcut)));
  }

  /** Listens to the keyboard. Returns the way to stop. */
  start(): () => void {
    return on(window, 'keydown', (event) => this.#press(event));
  }

  #press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Shift' || isElsewhere(event.target)) return;
    const keys = this.#sequence.press(
      event.key,
      event.timeStamp,
      this.#active.map((shortcut) => shortcut.keys),
    );
    // The latest wins, so that a page may have another meaning for a key.
    const shortcut = this.#active.findLast((active) => active.keys === keys);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  }
}

export const shortcuts = new Shortcuts();

const TAKES_KEYS = [
  'input:not([type="checkbox"], [type="radio"])',
  'textarea, select, [contenteditable], [role="dialog"], [role="menu"], [role="listbox"]',
].join();

/** Whether the key belongs to what has the focus: a field, or anything in a dialog, menu or list of choices. */
function isElsewhere(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(TAKES_KEYS) !== null;
}
