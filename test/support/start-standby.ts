import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

/**
 * A streaming standby of `primary` on a port of its own; `select pg_promote()` makes it a primary.
 * The primary is restarted to copy its files: the test binaries hold no pg_basebackup.
 */
export function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const { port, password } = primary;
  return startPostgresServer({
    prepare: {
      password,
      async fill(dir) {
        await primary.restart('fast', () => cp(primary.dir, dir, { recursive: true }));
        await writeFile(join(dir, 'standby.signal'), '');
      },
    },
    flags: ['-c', `primary_conninfo=host=127.0.0.1 port=${port} user=postgres password=${password}`],
  });
}
