import pg from 'pg';
import { inject } from 'vitest';
import type { RaceWorld } from '../../../torture/interleavings/interleave.ts';
import { openTestPostgres } from '../../support/engines.ts';

/** A database of its own for races. */
export async function openRaceWorld(): Promise<RaceWorld & { close(): Promise<void> }> {
  const engine = await openTestPostgres(() => {});
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  return {
    db: engine.db,
    admin,
    url: engine.url,
    async close() {
      await admin.end();
      await engine.close();
    },
  };
}
