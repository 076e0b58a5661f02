// Who holds a lock, and whether that process still lives.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

const LockHolder = z.object({
  token: z.uuid(),
  pid: z.number().int().positive(),
  since: z.string(),
  host: z.string(),
  /** Two processes can check each other's pid only where this is equal. */
  machine: z.string(),
  /** Tells the holder from a later process with the same pid; null where the system does not say. */
  startTime: z.string().nullable(),
});
export type LockHolder = z.infer<typeof LockHolder>;

export function thisProcess(): LockHolder {
  return {
    token: randomUUID(),
    pid: process.pid,
    since: new Date().toISOString(),
    host: hostname(),
    machine: thisMachine(),
    startTime: startTimeOf(process.pid),
  };
}

/** Host, boot and pid namespace: containers may share the first two and still not see each other's processes. */
export function thisMachine(): string {
  const boot = orNull(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const pids = orNull(() => fs.readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, pids].join(' ');
}

/** Null for a text that is no holder, such as a file that a power cut emptied. */
export function parseHolder(text: string): LockHolder | null {
  const json = orNull((): unknown => JSON.parse(text));
  return LockHolder.safeParse(json).data ?? null;
}

/** Whether the process still runs; ask only about one of this machine. */
export function isAlive(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // Any other failure (EPERM) means that there is such a process.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const startTime = startTimeOf(holder.pid);
  return startTime === null || holder.startTime === null || startTime === holder.startTime;
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
