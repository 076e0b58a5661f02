/** The floor of a start: the engine on the service's store, alone in its process, and one query. */
import { openEngine } from '../../src/database/pglite/open-engine.ts';
import { claimStore } from '../../src/database/pglite/open-store.ts';

const { directory, lock } = await claimStore(process.argv[2] as string);
const pglite = await openEngine(directory);
await pglite.query('select 1');
console.log('answered');
await pglite.close();
lock.release();
