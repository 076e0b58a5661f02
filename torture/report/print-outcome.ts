import type { Outcome } from '../harness/job.ts';

/** For a terminal. */
export function printOutcome({ scenario, seed, rounds, counts, missing, violations }: Outcome): string {
  const broken = violations.map(({ law, message }) => `  BROKEN ${law}: ${message}`);
  return [
    `${scenario}, seed ${seed}, ${rounds} rounds: ${violations.length === 0 ? 'every law holds' : `${violations.length} violations`}`,
    ...Object.entries(counts).map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`),
    ...missing.map((name) => `  NEVER INJECTED: ${name}`),
    ...broken.slice(0, 50),
  ].join('\n');
}
