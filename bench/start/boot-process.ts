/** The floor of a start: the store of the service, opened as the service opens it, and one query. */
import { openStore } from '../../src/database/pglite/open-store.ts';

const store = await openStore(process.argv[2] as string);
await store.pglite.query('select 1');
console.log('answered');
await store.close();
