// One process per store directory: two engines on one directory lose rows without any error.
//
// The lock is the file `<directory>.lock`. It appears by link(), so it is never half-written. The right to succeed a
// dead holder is a file of its own, `<lock>.<token of the dead>`, which again only one process can link; a taker that
// dies in between is succeeded the same way. So the holder is always the end of the chain lock -> successor -> ...,
// and a taker that does not find itself there afterwards (it had read old state) steps back and looks again.
import fs from 'node:fs';
import { isAlive, type LockHolder, parseHolder, thisMachine, thisProcess } from './lock-holder.ts';

const LOOKS = 1_000;
const HEARTBEAT_MS = 5_000;
const SILENT_AFTER_MS = 30_000;

type Link = { token: string; holder: LockHolder | null; mtimeMs: number };

export type DirectoryLock = {
  release(): void;
  /** `act` runs when the lock is gone: taken over because this process stood still for too long, or removed by hand. */
  onLost(act: () => void): void;
};

/** Another process holds the directory. `pid` is null when its lock cannot be read. */
export class StoreLockedError extends Error {
  override name = 'StoreLockedError';
  readonly pid: number | null;

  constructor(directory: string, { holder }: Link) {
    const elsewhere = holder !== null && holder.machine !== thisMachine() ? ` on host ${holder.host}` : '';
    const by = holder === null ? 'a process that cannot be told' : `process ${holder.pid}${elsewhere}`;
    const lapses =
      holder === null || elsewhere ? ` (a dead holder's lock lapses after ${SILENT_AFTER_MS / 1000} s)` : '';
    const since = holder === null ? '' : ` since ${holder.since}`;
    super(`${directory} is in use by ${by}${since}; stop it or set DATA_DIR to another directory${lapses}`);
    this.pid = holder?.pid ?? null;
  }
}

/** Takes the lock beside `directory` (whose parent must exist) or throws StoreLockedError at once. Process exit frees it. */
export function lockDirectory(directory: string): DirectoryLock {
  const lock = `${directory}.lock`;
  const me = thisProcess();
  const mine = `${lock}.new-${me.token}`;
  const fd = fs.openSync(mine, 'wx');
  try {
    fs.writeSync(fd, JSON.stringify(me));
    fs.fsyncSync(fd);
    take(directory, lock, mine, me.token, fs.fstatSync(fd).mtimeMs);
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  } finally {
    fs.rmSync(mine, { force: true });
  }
  return hold(lock, me.token, fd);
}

function take(directory: string, lock: string, mine: string, token: string, now: number): void {
  for (let look = 0; look < LOOKS; look++) {
    const chain = readChain(lock);
    const last = chain.at(-1);
    if (last && isHeld(last, now)) throw new StoreLockedError(directory, last);
    const place = last ? `${lock}.${last.token}` : lock;
    if (!tryLink(mine, place)) continue;
    if (readChain(lock).at(-1)?.token !== token) {
      fs.unlinkSync(place);
      continue;
    }
    if (place !== lock) {
      // The new head first, then the links that led to it: at no instant is there another end of the chain.
      fs.renameSync(mine, lock);
      for (const { token: dead } of chain) fs.rmSync(`${lock}.${dead}`, { force: true });
    }
    return;
  }
  throw new Error(`${lock} cannot be read or replaced; remove it if no process uses ${directory}`);
}

function hold(lock: string, token: string, fd: number): DirectoryLock {
  const beat = setInterval(() => {
    try {
      if (fs.fstatSync(fd).nlink > 0) {
        // Writing the byte that is there already touches the file by the file system's own clock.
        fs.writeSync(fd, '{', 0);
        return;
      }
    } catch {
      return; // A disk that fails for a moment does not end the process; the next beat tries again.
    }
    release();
    lost = true;
    tellLost();
  }, HEARTBEAT_MS).unref();
  let held = true;
  let lost = false;
  let tellLost = () => {};
  const release = () => {
    if (!held) return;
    held = false;
    clearInterval(beat);
    process.off('exit', release);
    if (readLink(lock)?.token === token) fs.unlinkSync(lock);
    fs.closeSync(fd);
  };
  process.on('exit', release);
  const onLost = (act: () => void) => {
    tellLost = act;
    if (lost) act();
  };
  return { release, onLost };
}

function readChain(lock: string): Link[] {
  const chain: Link[] = [];
  for (let link = readLink(lock); link; link = readLink(`${lock}.${link.token}`)) chain.push(link);
  return chain;
}

function readLink(path: string): Link | null {
  try {
    const { ino, mtimeMs } = fs.statSync(path);
    const holder = parseHolder(fs.readFileSync(path, 'utf8'));
    return { token: holder?.token ?? `unreadable-${ino}-${Math.trunc(mtimeMs)}`, holder, mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function isHeld({ holder, mtimeMs }: Link, now: number): boolean {
  if (holder === null || holder.machine !== thisMachine()) return now - mtimeMs < SILENT_AFTER_MS;
  return isAlive(holder);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
