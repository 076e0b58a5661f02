import { type Command, Option } from 'commander';
import { operatorSession } from '../../database/database.ts';
import { readHead } from '../../log/read-head.ts';
import { type Projection, type RebuildReport, rebuildUser } from '../../log/rebuild/rebuild-user.ts';
import type { CommandContext } from '../context.ts';
import { countOf } from '../count-of.ts';
import { describeDifference } from '../describe-difference.ts';
import type { Run } from '../run-cli.ts';

interface RebuildArguments {
  dryRun?: boolean;
  only?: Projection;
}

/** `rebuild`: the projections, folded again from the log. */
export function addRebuildCommand(program: Command, run: Run): void {
  program
    .command('rebuild')
    .description('fold the log again, and put right what the projections hold otherwise; writers go on meanwhile')
    .option('--dry-run', 'say what differs, and write nothing')
    .addOption(new Option('--only <projection>', 'this one alone').choices(['records', 'missions']))
    .action(
      run(async (context, options: RebuildArguments) => {
        const isDryRun = options.dryRun === true;
        const reports: RebuildReport[] = [];
        for (const user of await context.users()) reports.push(await rebuildOne(context, user, options));
        const total = sumOf(reports);
        context.print({ total }, describeTotal(total, isDryRun));
        return isDryRun && total.differing > 0 ? 1 : 0;
      }),
    );
}

async function rebuildOne(context: CommandContext, user: string, { dryRun, only }: RebuildArguments) {
  const db = await context.database();
  const progress = context.progress(await readHead(db, operatorSession(user)), 'changes');
  try {
    const { checkInterrupt } = context;
    const options = { isDryRun: dryRun === true, only, checkInterrupt, onChanges: progress.add };
    const report = await rebuildUser(db, user, options);
    progress.end();
    context.print(report, describeReport(report, dryRun === true));
    return { ...report, differences: [] };
  } finally {
    progress.end();
  }
}

function describeReport(report: RebuildReport, isDryRun: boolean): string {
  const { user, differing, differences } = report;
  const more = differing - differences.length;
  return [
    `${user}: ${describeCounts(report)}: ${describeOutcome(differing, isDryRun)}`,
    ...differences.map(describeDifference),
    ...(more > 0 ? [`  and ${countOf(more, 'row')} more`] : []),
  ].join('\n');
}

function sumOf(reports: RebuildReport[]) {
  const sum = (read: (report: RebuildReport) => number) => reports.reduce((total, report) => total + read(report), 0);
  const changes = sum((report) => report.changes);
  const seconds = sum((report) => report.milliseconds) / 1000;
  return {
    users: reports.length,
    changes,
    records: sum((report) => report.records),
    missions: sum((report) => report.missions),
    differing: sum((report) => report.differing),
    changesPerSecond: Math.round(changes / Math.max(seconds, 0.001)),
  };
}

function describeTotal(total: ReturnType<typeof sumOf>, isDryRun: boolean): string {
  const rate = `${total.changesPerSecond.toLocaleString('en')} changes/s`;
  return `${countOf(total.users, 'user')}, ${describeCounts(total)}, ${rate}: ${describeOutcome(total.differing, isDryRun)}`;
}

function describeCounts({ changes, records, missions }: Pick<RebuildReport, 'changes' | 'records' | 'missions'>) {
  return `${countOf(changes, 'change')}, ${countOf(records, 'record')}, ${countOf(missions, 'mission')}`;
}

function describeOutcome(differing: number, isDryRun: boolean): string {
  if (differing === 0) return 'as the log has them';
  return `${countOf(differing, 'row')} ${isDryRun ? (differing === 1 ? 'differs' : 'differ') : 'mended'}`;
}
