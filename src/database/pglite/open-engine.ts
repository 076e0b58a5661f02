import { PGlite } from '@electric-sql/pglite';
import { DurableNodeFS, durableStartParams } from './durable-node-fs.ts';
import { keepByteOrderMarks } from './keep-byte-order-marks.ts';

/** The engine on a directory that holds a database and that nobody else has open: see open-store.ts. `onAbort`: it can do no more. */
export function openEngine(directory: string, onAbort?: (reason: string) => void): Promise<PGlite> {
  keepByteOrderMarks();
  return PGlite.create({ fs: new DurableNodeFS(directory, onAbort), startParams: durableStartParams });
}
