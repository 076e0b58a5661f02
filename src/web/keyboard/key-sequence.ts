/** Longer than this between two keys, and they are two words rather than one. */
const PAUSE_MS = 1_500;

/**
 * Recognises keys that are pressed one after the other: `g i` is g, then i. `press` takes a key and the time of its event,
 * and answers the sequence that is whole with it, or null. A key that continues nothing begins anew.
 */
export class KeySequence {
  #pressed: string[] = [];
  #at = Number.NEGATIVE_INFINITY;

  press(key: string, atMs: number, sequences: readonly string[]): string | null {
    if (atMs - this.#at > PAUSE_MS) this.#pressed = [];
    this.#at = atMs;
    for (const pressed of [[...this.#pressed, key], [key]]) {
      const typed = pressed.join(' ');
      if (sequences.includes(typed)) {
        this.#pressed = [];
        return typed;
      }
      if (sequences.some((sequence) => sequence.startsWith(`${typed} `))) {
        this.#pressed = pressed;
        return null;
      }
    }
    this.#pressed = [];
    return null;
  }
}
