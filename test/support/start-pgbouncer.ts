import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianCommand } from './debian-package.ts';
import { guardServer } from './guard-server.ts';
import { startOnFreePort } from './postgres-server.ts';

export interface PgBouncer {
  /** The connection string of the same database, through the pooler. */
  url: string;
  /** Ends it, and with it every connection through it. */
  stop(): Promise<void>;
}

/**
 * A PgBouncer in transaction mode before the server of `serverUrl`, whose login is the only one that it knows. It has
 * `serverConnections` of them, and gives each transaction the one that has been idle for the longest.
 */
export async function startPgBouncer(serverUrl: string, serverConnections: number): Promise<PgBouncer> {
  const pgbouncer = await ensureDebianCommand('pgbouncer', 'pgbouncer');
  const directory = await mkdtemp(join(tmpdir(), 'pg-missions-pgbouncer-'));
  const guard = guardServer(directory);
  const url = new URL(serverUrl);
  let child: ChildProcess | undefined;

  async function stop(): Promise<void> {
    if (child !== undefined && child.exitCode === null) {
      const closed = once(child, 'close');
      child.kill('SIGTERM'); // at once; SIGINT would wait for the clients
      await closed;
    }
    await rm(directory, { recursive: true, force: true });
    guard.release();
  }

  try {
    // It gives up root before it reads the file of its users.
    await chmod(directory, 0o755);
    const users = join(directory, 'users.txt');
    await writeFile(users, `"${url.username}" "${url.password}"\n`);
    const configuration = join(directory, 'pgbouncer.ini');
    const started = await startOnFreePort(async (port) => {
      await writeFile(configuration, configure({ server: new URL(serverUrl), serverConnections, users, port }));
      return run(pgbouncer, configuration);
    }, undefined);
    child = started.child;
    guard.serverStarted(child.pid!);
    url.host = `127.0.0.1:${started.port}`;
    return { url: url.href, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Settings {
  server: URL;
  serverConnections: number;
  users: string;
  port: number;
}

function configure({ server, serverConnections, users, port }: Settings): string {
  return `[databases]
* = host=${server.hostname} port=${server.port}

[pgbouncer]
${process.getuid?.() === 0 ? 'user = nobody' : ''}
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${serverConnections}
server_round_robin = 1
max_client_conn = 500
`;
}

/** Resolves when it accepts connections; rejects with its log when it gives up. */
function run(pgbouncer: string, configuration: string): Promise<ChildProcess> {
  const child = spawn(pgbouncer, [configuration], { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
      if (log.includes('process up')) resolve(child);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`PgBouncer did not start (exit code ${code}):\n${log}`)));
  });
}
