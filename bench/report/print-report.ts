import type { Bench } from '../harness/bench.ts';
import type { BenchReport } from '../harness/report.ts';
import { describeRun } from './describe-run.ts';
import { judge } from './judge.ts';
import { tabulate, tabulateFacts } from './tabulate.ts';

/** A bench's report as a person reads it in a terminal. Of a smoke run, whose figures say nothing, no aim is told. */
export function printReport({ title }: Bench, report: BenchReport, { isSmoke }: { isSmoke: boolean }): string {
  const judged = isSmoke
    ? ['A smoke run: it shows that the bench works, and nothing else.']
    : judge(report.comparisons, report.facts).map(
        ({ text, isReached }) => `${isReached ? 'reached' : 'MISSED '}  ${text}`,
      );
  return [
    `# ${title}`,
    ...(report.comparisons.length > 0 ? [tabulate(report.comparisons)] : []),
    ...(report.facts.length > 0 ? [tabulateFacts(report.facts)] : []),
    ...(judged.length > 0 ? [judged.join('\n')] : []),
    describeRun(report),
  ].join('\n\n');
}
