import type { PGlite } from '@electric-sql/pglite';
import { openEngine } from '../../../src/database/pglite/open-engine.ts';
import { claimStore } from '../../../src/database/pglite/open-store.ts';

export interface LocalStore {
  pglite: PGlite;
  close(): Promise<void>;
}

/** A store as the engine's thread has it, in this one: where what the engine does to files is watched or made to fail. */
export async function openLocalStore(dataDir: string): Promise<LocalStore> {
  const { directory, lock } = await claimStore(dataDir);
  const pglite = await openEngine(directory);
  return {
    pglite,
    async close() {
      if (!pglite.closed) await pglite.close();
      lock.release();
    },
  };
}
