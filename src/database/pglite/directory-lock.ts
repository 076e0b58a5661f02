// One process per store directory: two engines on one directory lose rows without any error.
//
// The lock is the file `<directory>.lock`. It appears by link(), so it is never half-written. The right to succeed a
// dead holder is a file of its own, `<lock>.<token of the dead>`, which again only one process can link; a taker that
// dies in between is succeeded the same way. So the holder is always the end of the chain lock -> successor -> ...,
// and a taker that does not find itself there afterwards (it had read old state) steps back and looks again.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

const HEARTBEAT_MS = 5_000;
const SILENT_AFTER_MS = 30_000;

const Holder = z.object({
  token: z.string(),
  pid: z.number().int().positive(),
  since: z.string(),
  host: z.string(),
  /** Two processes can check each other's pid only where this is equal. */
  machine: z.string(),
  /** Tells the holder from a later process with the same pid; null where the system does not say. */
  startTime: z.string().nullable(),
});
type Holder = z.infer<typeof Holder>;
type Link = { token: string; holder: Holder | null; mtimeMs: number };

export type DirectoryLock = { release(): void };

/** Another process holds the directory. `pid` is null when its lock cannot be read. */
export class StoreLockedError extends Error {
  override name = 'StoreLockedError';
  readonly pid: number | null;

  constructor(directory: string, { holder }: Link) {
    const elsewhere = holder !== null && holder.machine !== machine() ? ` on host ${holder.host}` : '';
    const by = holder === null ? 'a process that cannot be told' : `process ${holder.pid}${elsewhere}`;
    const lapses =
      holder === null || elsewhere ? ` (a dead holder's lock lapses after ${SILENT_AFTER_MS / 1000} s)` : '';
    const since = holder === null ? '' : ` since ${holder.since}`;
    super(`${directory} is in use by ${by}${since}; stop it or set DATA_DIR to another directory${lapses}`);
    this.pid = holder?.pid ?? null;
  }
}

/**
 * Takes the lock beside `directory` (whose parent must exist) or throws StoreLockedError at once. `onLost` is called
 * when someone else has taken the lock meanwhile, because this process stood still for too long or the file was removed.
 */
export function lockDirectory(directory: string, onLost: () => void): DirectoryLock {
  const lock = `${directory}.lock`;
  const me: Holder = thisProcess();
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
  return hold(lock, me.token, fd, onLost);
}

function take(directory: string, lock: string, mine: string, token: string, now: number): void {
  for (;;) {
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
}

function hold(lock: string, token: string, fd: number, onLost: () => void): DirectoryLock {
  const beat = setInterval(() => {
    if (fs.fstatSync(fd).nlink === 0) {
      release();
      onLost();
    } else {
      // Writing the byte that is there already touches the file by the file system's own clock.
      fs.writeSync(fd, '{', 0);
    }
  }, HEARTBEAT_MS).unref();
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    clearInterval(beat);
    process.off('exit', release);
    if (readLink(lock)?.token === token) fs.unlinkSync(lock);
    fs.closeSync(fd);
  };
  process.on('exit', release);
  return { release };
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

function parseHolder(text: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return null;
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
  if (holder === null || holder.machine !== machine()) return now - mtimeMs < SILENT_AFTER_MS;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  const startTime = startTimeOf(holder.pid);
  return startTime === null || holder.startTime === null || startTime === holder.startTime;
}

function thisProcess(): Holder {
  return {
    token: randomUUID(),
    pid: process.pid,
    since: new Date().toISOString(),
    host: hostname(),
    machine: machine(),
    startTime: startTimeOf(process.pid),
  };
}

/** Host, boot and pid namespace: containers may share the first two and still not see each other's processes. */
function machine(): string {
  const boot = orNull(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const pids = orNull(() => fs.readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, pids].join(' ');
}

/** Clock ticks from boot to the start of the process; `dead` for one that only waits to be reaped; null when unknown. */
function startTimeOf(pid: number): string | null {
  const stat = orNull(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return null;
  // The command name, in brackets, may itself hold spaces and brackets. Fields after it: state is the 3rd, start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : (fields[19] ?? null);
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
