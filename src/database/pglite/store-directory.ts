import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from './directory-lock.ts';

/** Where the embedded store is: below DATA_DIR, not in it, since what lies beside the store (its lock) must be on the same volume. */
export function storeDirectory(dataDir: string): string {
  return join(existsSync(dataDir) ? realpathSync(dataDir) : dataDir, 'pglite');
}

/**
 * Throws StoreLockedError when another process has the store. For a start to ask before it loads the rest of the program,
 * which takes longer than the whole answer.
 */
export function refuseLockedStore(dataDir: string): void {
  if (existsSync(dataDir)) lockDirectory(storeDirectory(dataDir)).release();
}
