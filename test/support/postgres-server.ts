import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { guardServer } from './guard-server.ts';
import { type Account, findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';

/** `fast` ends sessions and writes a checkpoint, `immediate` does not (crash recovery follows), `kill9` is a crash. */
export type StopMode = 'fast' | 'immediate' | 'kill9';

export interface PostgresServerOptions {
  /** A free one when absent. */
  port?: number;
  /** Further settings, as `-c name=value` or any other flag of `postgres`. */
  flags?: string[];
  /** Where a disk is mounted for its files alone; whoever mounted it unmounts it, but is it killed, the guard does. */
  disk?: string;
  /** Fills the (absent) data directory instead of initdb; `password` is then that of its superuser. */
  prepare?: { fill(dataDir: string): Promise<void>; password: string };
}

export interface PostgresServer {
  /** Connection string of the superuser to the database `postgres`. */
  adminUrl: string;
  port: number;
  /** The data directory. */
  dir: string;
  password: string;
  /** Whether its process lives: one that cannot write its WAL ends by itself. */
  isRunning(): boolean;
  /** Stops the server and deletes its files. */
  stop(): Promise<void>;
  /** Kills the server and returns when its last process is gone; its files stay, `restart` brings it back. */
  kill9(): Promise<void>;
  /** Stops the server, calls `whileStopped`, and starts it again with the same files on the same port. */
  restart(mode: StopMode, whileStopped?: () => Promise<void>): Promise<void>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill9: 'SIGKILL' } as const;

// Nothing here has to survive a power cut. Everything that a client can observe stays as it is in production.
const TEST_SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'fsync=off',
  'full_page_writes=off',
  'timezone=UTC',
  'lc_messages=C',
].flatMap((setting) => ['-c', setting]);

/** Starts a Postgres server of its own in a new temporary directory, on the loopback interface only. */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const scratch = await mkdtemp(join(options.disk ?? tmpdir(), 'pg-missions-postgres-'));
  const guard = guardServer(scratch, options.disk);
  const dir = join(scratch, 'data');
  const password = options.prepare?.password ?? randomBytes(12).toString('hex');
  let child: ChildProcess | undefined;
  let closed: Promise<unknown> | undefined;
  let port = 0;

  async function end(mode: StopMode): Promise<void> {
    if (child === undefined) return;
    child.kill(SIGNALS[mode]);
    await closed;
    child = undefined;
    guard.serverStopped();
  }

  async function stop(): Promise<void> {
    await end('fast');
    await rm(scratch, { recursive: true, force: true });
    guard.release();
  }

  try {
    await chmod(scratch, 0o755);
    const binaries = await findPostgresBinaries(scratch);
    await fillDataDirectory(binaries, scratch, dir, password, options);
    const run = async (onPort: number): Promise<ChildProcess> => {
      const started = await startOn(binaries, dir, onPort, options.flags ?? []);
      guard.serverStarted(started.pid!);
      // 'close', not 'exit': every backend holds the server's stderr, so this waits for the last of them as well.
      closed = once(started, 'close');
      return started;
    };
    ({ child, port } = await startOnFreePort(run, options.port));
    return {
      adminUrl: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
      port,
      dir,
      password,
      isRunning: () => child !== undefined && child.exitCode === null && child.signalCode === null,
      stop,
      kill9: () => end('kill9'),
      async restart(mode, whileStopped) {
        await end(mode);
        await whileStopped?.();
        child = await run(port);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fillDataDirectory(
  binaries: PostgresBinaries,
  scratch: string,
  dir: string,
  password: string,
  options: PostgresServerOptions,
): Promise<void> {
  const { account } = binaries;
  if (options.prepare !== undefined) {
    await options.prepare.fill(dir);
    for (const entry of await readdir(dir, { recursive: true })) await giveTo(account, join(dir, entry));
  } else {
    await mkdir(dir);
  }
  await chmod(dir, 0o700);
  await giveTo(account, dir);
  if (options.prepare === undefined) await initialise(binaries, scratch, dir, password);
}

async function initialise(binaries: PostgresBinaries, scratch: string, dir: string, password: string): Promise<void> {
  const passwordFile = join(scratch, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await giveTo(binaries.account, passwordFile);
  // The built-in provider sorts and folds the same on every platform, whatever locales are installed.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = ['--username=postgres', '--auth=password', `--pwfile=${passwordFile}`];
  const args = [`--pgdata=${dir}`, '--no-sync', '--no-instructions', ...locale, ...login];
  await promisify(execFile)(binaries.initdb, args, { ...binaries.account, cwd: scratch });
  await rm(passwordFile);
}

async function giveTo(account: Account, path: string): Promise<void> {
  if (account.uid !== undefined && account.gid !== undefined) await chown(path, account.uid, account.gid);
}

/** Another process may take a free port before Postgres does: then another one is tried. */
export async function startOnFreePort(
  run: (port: number) => Promise<ChildProcess>,
  wanted: number | undefined,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort());
    try {
      return { child: await run(port), port };
    } catch (error) {
      if (wanted !== undefined || attempt === 5) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the loopback interface gave no port');
  return address.port;
}

/** Resolves when the server accepts connections (a standby: read-only ones); rejects with its log when it gives up. */
function startOn(
  { postgres, account }: PostgresBinaries,
  dir: string,
  port: number,
  flags: string[],
): Promise<ChildProcess> {
  // Its own process group: a Ctrl-C in the terminal ends the tests first, then the server.
  const child = spawn(postgres, ['-D', dir, '-p', String(port), ...TEST_SETTINGS, ...flags], {
    ...account,
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
      if (/database system is ready to accept (read-only )?connections/.test(log)) resolve(child);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`Postgres did not start (exit code ${code}):\n${log}`)));
  });
}
