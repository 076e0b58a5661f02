import { expect, onTestFinished, test, vi } from 'vitest';
import type { Job, JobOptions, Outcome } from '../../torture/harness/job.ts';
import { printOutcome } from '../../torture/report/print-outcome.ts';
import { runJobs } from '../../torture/run-jobs.ts';

function job(name: string, run: (options: JobOptions) => Promise<Partial<Outcome>>): Job {
  return {
    ...{ name, promise: '', attack: '', of: 'rounds', attacks: 'faults', injects: [], rounds: { full: 5, smoke: 1 } },
    async run(options) {
      const none = { scenario: name, seed: options.seed, rounds: 0, counts: {}, missing: [], violations: [] };
      return { ...none, ...(await run(options)) };
    },
  };
}

async function play(jobs: readonly Job[], bounds: { size?: 'full' | 'smoke'; rounds?: number; minutes?: number }) {
  const kept: string[] = [];
  const outcomes = await runJobs(jobs, {
    server: () => Promise.reject(new Error('not asked for')),
    seed: 7,
    size: 'full',
    ...bounds,
    onProgress: () => {},
    onOutcome: () => {},
    keep: async ({ scenario }) => void kept.push(scenario),
  });
  return { outcomes, kept };
}

const all = job('all', async ({ rounds }) => ({ rounds }));

test('each plays as many rounds as it wants, or as are asked for', async () => {
  expect((await play([all], {})).outcomes).toMatchObject([{ rounds: 5, missing: [] }]);
  expect((await play([all], { size: 'smoke' })).outcomes).toMatchObject([{ rounds: 1 }]);
  expect(await play([all, all], { rounds: 3 })).toMatchObject({ outcomes: [{ rounds: 3 }, {}], kept: ['all', 'all'] });
});

test('the minutes are those of each: they begin when it does', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const left: number[] = [];
  const slow = job('slow', async ({ deadline }) => {
    left.push(deadline - Date.now());
    vi.setSystemTime(deadline);
    return { rounds: 1 };
  });
  await play([slow, slow], { minutes: 1 });
  expect(left).toEqual([60_000, 60_000]);
  const unbounded = job('unbounded', async ({ deadline }) => ({ rounds: Number(deadline === Infinity) }));
  expect((await play([unbounded], {})).outcomes).toMatchObject([{ rounds: 1 }]);
});

test('without a round no law can be said to hold, and what is kept of the last run stays', async () => {
  const late = job('late', async () => ({ missing: ['SIGKILL at '] }));
  const { outcomes, kept } = await play([late, all], {});
  expect(outcomes).toMatchObject([{ missing: ['rounds', 'SIGKILL at '] }, { missing: [] }]);
  expect(kept).toEqual(['all']);
  expect(printOutcome(outcomes[0]!)).not.toMatch(/holds/);
});

test('one that throws is told as failed, and keeps none of the others from theirs', async () => {
  const breaks = job('breaks', () => Promise.reject(new Error('the proxy is gone')));
  const { outcomes, kept } = await play([breaks, all], {});
  expect(outcomes).toMatchObject([
    { scenario: 'breaks', missing: ['rounds'] },
    { scenario: 'all', rounds: 5 },
  ]);
  expect(kept).toEqual(['all']);
  expect(printOutcome(outcomes[0]!)).toMatch(/FAILED: Error: the proxy is gone/);
});
