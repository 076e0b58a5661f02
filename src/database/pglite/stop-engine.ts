import type { PGlite } from '@electric-sql/pglite';
import { StoreStoppedError } from './engine-errors.ts';

/**
 * Every further query of this instance is refused with `reason`, and closing it writes nothing more. Without it a query
 * to an engine that has aborted spins for ever, and its whole thread with it (PGlite 0.5.8).
 */
export function stopEngine(pglite: PGlite, reason: string): void {
  pglite.execProtocolRawSync = () => {
    throw new StoreStoppedError(reason);
  };
}
