import type { Job } from '../harness/job.ts';
import { invariants } from '../invariants.ts';
import type { Report } from './report.ts';

export interface KeptJob {
  job: Job;
  report: Report | undefined;
}

const HEAD = [
  '#',
  'What must hold',
  'Aimed at: in CI, before a release',
  'Attacks: in CI; by the command (the runs below)',
  'Tests in CI',
];
const RULE = HEAD.map(() => '---');

const OF_AIMS = `Where CI plays fewer than aimed at, time is the reason: all tests together are to end within 25 minutes on two cores. A round of a
scenario costs 0.6 (listener-drops) to 4.4 (shutdown) seconds of a core, a commit that is cut 0.05, a generated request 0.005 (by \`time\`,
runs of ten rounds, their start taken off); by these CI's aims whole would take both cores some quarter of an hour more, which is
reckoned and was not tried. The command has the time.`;

/** Where each invariant is attacked, and how often: in CI, and in the runs of the command that are kept. */
export function invariantTable(kept: readonly KeptJob[]): string {
  const find = (name: string): KeptJob => {
    const found = kept.find(({ job }) => job.name === name);
    if (!found) throw new Error(`there is no attack ${name}`);
    return found;
  };
  const rows = invariants.map(({ number, holds, aim, jobs, tests }) => [
    number,
    holds,
    aim.join('<br>'),
    jobs.map((name) => attacksOf(find(name))).join('<br>') || 'none',
    tests.map(([path, counts]) => `\`${path}\`: ${counts}`).join('<br>'),
  ]);
  const lines = [HEAD, RULE, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `## The invariants\n\n${OF_AIMS}\n\n${lines.join('\n')}`;
}

function attacksOf({ job, report }: KeptJob): string {
  const { name, of, rounds, injects, test } = job;
  const inTests = `[${name}](#${name}): ${rounds.smoke === undefined ? `\`${test}\`` : `${rounds.smoke.toLocaleString('en')} ${of}`}`;
  if (!report) return `${inTests}; not run yet`;
  const attacks = Object.entries(report.counts)
    .filter(([counted]) => injects.some((beginning) => counted.startsWith(beginning)))
    .reduce((sum, [, count]) => sum + count, 0);
  const byCommand = `${report.rounds.toLocaleString('en')}${rounds.smoke === undefined ? ` ${of}` : ''}`;
  return `${inTests}; ${byCommand}${attacks > 0 ? `, with ${attacks.toLocaleString('en')} ${job.attacks}` : ''}`;
}
