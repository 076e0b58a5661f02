import { setTimeout as delay } from 'node:timers/promises';

/**
 * Looks until something holds, and returns it. For what tells nobody when it comes. The time-out ends a hung run, it measures
 * nothing: a busy machine takes seconds to load a page's next part.
 */
export async function until<T>(look: () => T | Promise<T>, timeoutMs = 50_000): Promise<NonNullable<T>> {
  for (const end = Date.now() + timeoutMs; ; await delay(10)) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it did not come within ${timeoutMs / 1_000} s: ${look}`);
  }
}
