import { PGlite } from '@electric-sql/pglite';
import { dataDir } from '@electric-sql/pglite-prepopulatedfs';
import { migratePglite } from '../../src/database/migrate.ts';
import { sessionOf } from '../../src/database/pglite/engine-session.ts';
import { keepByteOrderMarks } from '../../src/database/pglite/keep-byte-order-marks.ts';
import { parseFewTypes } from '../../src/database/pglite/parse-few-types.ts';
import { type Engine, superviseEngine } from '../../src/database/pglite/supervise-engine.ts';

/** A PGlite of the test's own as the service uses one, without the thread, which costs each test file the loading of tsx. */
export function engineInThisThread(pglite: PGlite): Promise<Engine> {
  return superviseEngine({ open: async (onNotify) => sessionOf(pglite, onNotify), statementMs: 60_000 });
}

/** In memory, and as this build makes it. */
export async function openMemoryEngine(): Promise<Engine> {
  keepByteOrderMarks();
  const pglite = await PGlite.create({ loadDataDir: await dataDir() });
  parseFewTypes(pglite);
  await migratePglite(pglite);
  return engineInThisThread(pglite);
}
