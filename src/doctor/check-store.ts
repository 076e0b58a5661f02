import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import { openStore, StoreLockedError } from '../database/pglite/open-store.ts';
import { storeDirectory } from '../database/pglite/store-directory.ts';
import { type Check, error, ok } from './check.ts';
import { checkCatalog } from './check-catalog.ts';
import { describeFailure } from './describe-failure.ts';

/** The embedded database: there or not yet, openable, and as this build makes it. */
export async function checkStore({ DATA_DIR }: Config): Promise<Check[]> {
  const directory = storeDirectory(DATA_DIR);
  if (!existsSync(directory)) return [ok('database', `embedded; the first start makes it in ${directory}`)];
  let store: Awaited<ReturnType<typeof openStore>>;
  try {
    store = await openStore(directory);
  } catch (failure) {
    if (failure instanceof StoreLockedError) {
      return [ok('database', `embedded, in ${directory}; process ${failure.pid ?? 'unknown'} has it open`)];
    }
    return [error('database', describeFailure(failure), 'set DATA_DIR, or restore the directory from a backup')];
  }
  try {
    const query = <Row>(text: string) => store.engine.alone((send) => send([{ text, values: [] }]) as Promise<Row[]>);
    return [ok('database', `embedded, in ${directory}`), ...(await checkCatalog(query, 'pglite'))];
  } finally {
    await store.close();
  }
}
