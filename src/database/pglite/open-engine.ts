import { PGlite } from '@electric-sql/pglite';
import { DurableNodeFS, durableStartParams } from './durable-node-fs.ts';
import { keepByteOrderMarks } from './keep-byte-order-marks.ts';
import { parseFewTypes } from './parse-few-types.ts';

/** The engine on a directory that holds a database and that nobody else has open: see open-store.ts. `onAbort`: it can do no more. */
export async function openEngine(directory: string, onAbort?: (reason: string) => void): Promise<PGlite> {
  keepByteOrderMarks();
  const pglite = await PGlite.create({ fs: new DurableNodeFS(directory, onAbort), startParams: durableStartParams });
  parseFewTypes(pglite);
  return pglite;
}
