import type { Job, JobOptions, Outcome } from './harness/job.ts';

export interface JobsOptions extends Pick<JobOptions, 'server' | 'seed' | 'onProgress'> {
  size: 'full' | 'smoke';
  /** Absent: as many as each wants. */
  rounds?: number;
  /** Each has so many: none of its rounds is begun after them. Absent: it takes as long as it takes. */
  minutes?: number;
  /** Told of each as soon as it has ended. */
  onOutcome(outcome: Outcome): void;
  /** Keeps what a run counted; not called where nothing was attacked. */
  keep(outcome: Outcome, seconds: number): Promise<void>;
}

/** Plays one job after the other; one that throws is told as failed, and the next begins all the same. */
export async function runJobs(chosen: readonly Job[], options: JobsOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const job of chosen) {
    const startedAt = performance.now();
    const outcome = await runJob(job, options);
    outcomes.push(outcome);
    options.onOutcome(outcome);
    if (outcome.rounds > 0) await options.keep(outcome, (performance.now() - startedAt) / 1_000);
  }
  return outcomes;
}

/** Without a round nothing was attacked, so no law can be said to hold: that is missing. */
async function runJob(job: Job, { server, seed, size, rounds, minutes, onProgress }: JobsOptions): Promise<Outcome> {
  const wanted = rounds ?? job.rounds[size] ?? job.rounds.full;
  const deadline = minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000;
  try {
    const outcome = await job.run({ server, seed, rounds: wanted, deadline, onProgress });
    return outcome.rounds > 0 ? outcome : { ...outcome, missing: [job.of, ...outcome.missing] };
  } catch (error) {
    const failed = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { scenario: job.name, seed, rounds: 0, counts: {}, missing: [job.of], violations: [], failed };
  }
}
