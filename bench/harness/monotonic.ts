import type { Worker } from './worker.ts';

/**
 * Microseconds of the machine's monotonic clock, the same in all of its processes: process.hrtime reads CLOCK_MONOTONIC
 * on Linux and mach_absolute_time on macOS. `checkClock` holds this against the processes of a run.
 */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

export interface ClockCalls {
  readClock(): number;
}

/** Throws when another process does not read the same clock: its reading must fall between two of ours. */
export async function checkClock(worker: Worker<ClockCalls>): Promise<void> {
  for (let reading = 0; reading < 20; reading++) {
    const before = monotonic();
    const there = await worker.call('readClock');
    if (there < before || there > monotonic()) {
      throw new Error('the processes of this machine do not share a monotonic clock: instants cannot be compared');
    }
  }
}
