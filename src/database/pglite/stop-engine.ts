import type { PGlite } from '@electric-sql/pglite';

/** The engine stopped for good; nothing was acknowledged after it. Opening the store again recovers. */
export class StoreStoppedError extends Error {
  override name = 'StoreStoppedError';
}

/**
 * Every further query of this instance is refused with `reason`, and closing it writes nothing more. Without it a query
 * to an engine that has aborted spins for ever, and the whole Node process with it (PGlite 0.5.8).
 */
export function stopEngine(pglite: PGlite, reason: string): void {
  pglite.execProtocolRawSync = () => {
    throw new StoreStoppedError(reason);
  };
}
