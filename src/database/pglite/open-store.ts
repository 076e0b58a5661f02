// The embedded store: one PGlite on one directory, opened so that two openers, a kill at any moment or a power cut
// cannot lose what was acknowledged.
import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { dataDir as template } from '@electric-sql/pglite-prepopulatedfs';
import { boundWal } from './bound-wal.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { DurableNodeFS, durableStartParams, syncDirectory } from './durable-node-fs.ts';
import { stopEngine } from './stop-engine.ts';
import { unpackTemplate } from './unpack-template.ts';

export { StoreLockedError } from './directory-lock.ts';
export { StoreStoppedError } from './stop-engine.ts';

/** `close` may be called more than once; it also frees the directory for the next process. */
export type Store = { pglite: PGlite; close(): Promise<void> };

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

/**
 * Opens the store in `dataDir`, and creates it when the directory is absent or empty. Refuses with StoreLockedError
 * (another process has it) or StoreUnusableError; nothing is touched then. Takes about 1 s, the first time 2 s.
 */
export async function openStore(dataDir: string): Promise<Store> {
  const requested = resolve(dataDir);
  inspect(requested);
  const directory = writable(requested, () => realPathIn(requested));
  const lock = writable(directory, () => lockDirectory(directory));
  try {
    if (inspect(directory) === 'absent') await create(directory);
    writable(directory, () => fs.accessSync(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK));
    removeEmptyPidFile(directory);
    const pglite = await PGlite.create({ fs: new DurableNodeFS(directory), startParams: durableStartParams });
    lock.onLost(() => stopEngine(pglite, `${directory} is no longer locked by this process; restart the service`));
    return asStore(pglite, lock);
  } catch (error) {
    lock.release();
    if (error instanceof StoreUnusableError) throw error;
    throw new Error(`the database in ${directory} cannot be opened`, { cause: error });
  }
}

/** A store in memory, for tests: fresh, or from a dump (`pglite.dumpDataDir('none')`) of a prepared one. */
export async function openMemoryStore(dump?: Blob): Promise<Store> {
  const pglite = await PGlite.create({ loadDataDir: dump ?? (await template()) });
  return { pglite, close: async () => (pglite.closed ? undefined : pglite.close()) };
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

function asStore(pglite: PGlite, lock: DirectoryLock): Store {
  let checking = Promise.resolve();
  const timer = setInterval(() => {
    // A failure here is the engine's, and the next query of whoever uses the store will say so.
    checking = boundWal(pglite).catch(() => {});
  }, WAL_CHECK_MS).unref();
  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(timer);
    try {
      await checking;
      if (!pglite.closed) await pglite.close();
    } finally {
      lock.release();
    }
  };
  return {
    pglite,
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
