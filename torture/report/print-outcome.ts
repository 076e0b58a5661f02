import type { Outcome } from '../harness/job.ts';

/** For a terminal. */
export function printOutcome(outcome: Outcome): string {
  const { scenario, seed, rounds, counts, missing, violations } = outcome;
  const broken = violations.map(({ law, message }) => `  BROKEN ${law}: ${message}`);
  return [
    `${scenario}, seed ${seed}, ${rounds} rounds: ${verdictOf(outcome)}`,
    ...Object.entries(counts).map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`),
    ...missing.map((name) => `  NEVER INJECTED: ${name}`),
    ...broken.slice(0, 50),
  ].join('\n');
}

function verdictOf({ failed, rounds, violations }: Outcome): string {
  if (failed !== undefined) return `FAILED: ${failed}`;
  if (rounds === 0) return 'NOTHING WAS ATTACKED';
  return violations.length === 0 ? 'every law holds' : `${violations.length} violations`;
}
