import { vi } from 'vitest';

/**
 * Looks until something holds, and returns it. For what tells nobody when it comes. The time-out ends a hung test, it measures
 * nothing: vitest's own, a second, is shorter than a busy machine takes to load a page's next part.
 */
export function until<T>(look: () => T | Promise<T>) {
  return vi.waitUntil(look, { timeout: 50_000, interval: 10 });
}
