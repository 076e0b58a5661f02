// The embedded store: one PGlite on one directory, opened so that two openers, a kill at any moment or a power cut
// cannot lose what was acknowledged.
import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { boundWal } from './bound-wal.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { StoreStoppedError } from './engine-errors.ts';
import { spawnSession } from './spawn-session.ts';
import { type Engine, type SuperviseOptions, superviseEngine } from './supervise-engine.ts';
import { syncDirectory } from './sync-directory.ts';

export { StoreLockedError } from './directory-lock.ts';

/** `close` may be called more than once; it also frees the directory for the next process. */
export type Store = { engine: Engine; close(): Promise<void> };

export type StoreOptions = Partial<Pick<SuperviseOptions, 'log' | 'statementMs' | 'retryDelayMs'>>;

type UnusableReason = 'not_a_directory' | 'not_a_database' | 'other_version' | 'not_writable';

/** The directory cannot hold the store. The message names it, and the mend. */
export class StoreUnusableError extends Error {
  override name = 'StoreUnusableError';
  readonly reason: UnusableReason;

  constructor(reason: UnusableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The Postgres that the installed PGlite is; it reads no directory of another major version. */
const POSTGRES_MAJOR = '18';
const WAL_CHECK_MS = 60_000;
/** What every transaction on a Postgres has (`statement_timeout`: see ../statement.ts). */
const STATEMENT_MS = 60_000;

/**
 * Opens the store in `dataDir`, and creates it when the directory is absent or empty. Refuses with StoreLockedError
 * (another process has it) or StoreUnusableError; nothing is touched then. Takes about 1 s, the first time 2 s.
 */
export async function openStore(dataDir: string, options: StoreOptions = {}): Promise<Store> {
  const { directory, lock } = await claimStore(dataDir);
  try {
    const engine = await superviseEngine({
      statementMs: STATEMENT_MS,
      ...options,
      async open(onNotify) {
        prepareStore(directory);
        return spawnSession(directory, onNotify);
      },
    });
    lock.onLost(() =>
      engine.stop(new StoreStoppedError(`${directory} is no longer locked by this process; restart the service`)),
    );
    return asStore(engine, lock);
  } catch (error) {
    lock.release();
    if (error instanceof StoreUnusableError) throw error;
    throw new Error(`the database in ${directory} cannot be opened`, { cause: error });
  }
}

/** A directory that holds a store, made when there was none, and that this process alone may open until the lock is released. */
export async function claimStore(dataDir: string): Promise<{ directory: string; lock: DirectoryLock }> {
  const requested = resolve(dataDir);
  inspect(requested);
  const directory = writable(requested, () => realPathIn(requested));
  const lock = writable(directory, () => lockDirectory(directory));
  try {
    if (inspect(directory) === 'absent') await create(directory);
    prepareStore(directory);
    return { directory, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Before each opening. One that is gone is never made anew: what was acknowledged is where the directory went. */
export function prepareStore(directory: string): void {
  if (inspect(directory) === 'absent') {
    throw new StoreUnusableError(
      'not_a_database',
      `${directory} is gone; put it back, or restart the service for a new one`,
    );
  }
  writable(directory, () => fs.accessSync(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK));
  removeEmptyPidFile(directory);
}

function inspect(directory: string): 'absent' | 'database' {
  let names: string[];
  try {
    names = fs.readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent';
    if (codeOf(error) === 'ENOTDIR') {
      const message = `${directory} is not a directory, or lies below a file; set DATA_DIR to another directory`;
      throw new StoreUnusableError('not_a_directory', message, { cause: error });
    }
    throw notWritable(directory, error);
  }
  if (names.length === 0) return 'absent';
  if (!names.includes('PG_VERSION')) {
    const message = `${directory} holds other files and no database (no PG_VERSION); set DATA_DIR to a new or empty directory`;
    throw new StoreUnusableError('not_a_database', message);
  }
  const version = fs.readFileSync(join(directory, 'PG_VERSION'), 'utf8').trim();
  if (version !== POSTGRES_MAJOR) {
    const message = `${directory} is a database of Postgres ${version}, this program reads ${POSTGRES_MAJOR}; set DATA_DIR to another directory, or open it with the program that wrote it`;
    throw new StoreUnusableError('other_version', message);
  }
  return 'database';
}

/** The one name of the directory whatever links lead to it, so that all openers mean the same lock. Makes its parents. */
function realPathIn(requested: string): string {
  if (fs.existsSync(requested)) return fs.realpathSync(requested);
  const parent = dirname(requested);
  const first = fs.mkdirSync(parent, { recursive: true });
  if (first !== undefined) {
    for (let made = parent; made !== dirname(first); made = dirname(made)) syncDirectory(dirname(made));
  }
  return join(fs.realpathSync(parent), basename(requested));
}

async function create(directory: string): Promise<void> {
  try {
    // Only a first start has a use for it.
    const { unpackTemplate } = await import('./unpack-template.ts');
    await unpackTemplate(directory);
  } catch (error) {
    if (codeOf(error) === 'EBUSY' || codeOf(error) === 'EXDEV') {
      const message = `${directory} is a mount point, and the database must be able to appear there whole; set DATA_DIR to a directory inside it`;
      throw new StoreUnusableError('not_writable', message, { cause: error });
    }
    throw codeOf(error) === undefined ? error : notWritable(directory, error);
  }
}

/** A power cut can leave the engine's own pid file empty, which it then refuses. Ours is the lock that counts. */
function removeEmptyPidFile(directory: string): void {
  const path = join(directory, 'postmaster.pid');
  if (fs.existsSync(path) && !/^-?\d+\n/.test(fs.readFileSync(path, 'latin1'))) fs.unlinkSync(path);
}

function asStore(engine: Engine, lock: DirectoryLock): Store {
  const timer = setInterval(() => {
    // A failure here is the engine's, and the next query of whoever uses the store will say so.
    boundWal(engine).catch(() => {});
  }, WAL_CHECK_MS).unref();
  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(timer);
    try {
      await engine.close();
    } finally {
      lock.release();
    }
  };
  return {
    engine,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function writable<T>(directory: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw codeOf(error) === undefined ? error : notWritable(directory, error);
  }
}

function notWritable(directory: string, cause: unknown): StoreUnusableError {
  const message = `${directory} or the directory that holds it cannot be written (${codeOf(cause) ?? 'unknown'}); make both writable or set DATA_DIR to another directory`;
  return new StoreUnusableError('not_writable', message, { cause });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
