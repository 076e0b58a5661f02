import type { Command } from 'commander';
import { defaultRegistry } from '../../core/modules/registry.ts';
import { operatorSession } from '../../database/database.ts';
import { readChangesAt } from '../../log/past/read-changes-at.ts';
import { readHead } from '../../log/read-head.ts';
import { parseScanned, type ScannedChange } from '../../log/scan-log.ts';
import { type FoundViolation, type VerifyReport, verifyUser } from '../../log/verify/verify-user.ts';
import type { CommandContext } from '../context.ts';
import { countOf } from '../count-of.ts';
import { describeDifference } from '../describe-difference.ts';
import { describeScanned } from '../describe-scanned.ts';
import type { Run } from '../run-cli.ts';

/** `verify`: everything that must hold of the log and its projections. */
export function addVerifyCommand(program: Command, run: Run): void {
  program
    .command('verify')
    .description('prove the log and its projections, beside a running service; prints each violation with its rows')
    .action(
      run(async (context) => {
        let users = 0;
        let violated = 0;
        for (const user of await context.users()) {
          violated += (await verifyOne(context, user)).violated;
          users += 1;
        }
        const outcome = violated === 0 ? 'everything holds' : countOf(violated, 'violation');
        context.print({ total: { users, violated } }, `${countOf(users, 'user')}: ${outcome}`);
        return violated === 0 ? 0 : 1;
      }),
    );
}

async function verifyOne(context: CommandContext, user: string): Promise<VerifyReport> {
  const db = await context.database();
  const { checkInterrupt } = context;
  const progress = context.progress(await readHead(db, operatorSession(user)), 'changes');
  const report = await verifyUser(db, user, {
    registry: defaultRegistry,
    checkInterrupt,
    onChanges: progress.add,
  }).finally(() => progress.end());
  for (const violation of report.violations) {
    const rows = await readChangesAt(db, operatorSession(user), violation.positions);
    context.print({ user, ...violation, rows: rows.map(parseScanned) }, describeViolation(user, violation, rows));
  }
  const { violations, ...summary } = report;
  context.print(summary, describeReport(report));
  return report;
}

function describeViolation(user: string, { rule, message, difference }: FoundViolation, rows: ScannedChange[]) {
  const shown = difference ? [describeDifference(difference)] : rows.map((row) => `  ${describeScanned(row)}`);
  return [`${user}: ${rule}: ${message}`, ...shown].join('\n');
}

function describeReport({ user, changes, records, missions, coalescedWants, violated, violations }: VerifyReport) {
  const counts = `${countOf(changes, 'change')}, ${countOf(records, 'record')}, ${countOf(missions, 'mission')}`;
  const coalesced = coalescedWants === 0 ? '' : `, ${countOf(coalescedWants, 'want')} coalesced into newer ones`;
  const more = violated > violations.length ? ` (the first ${violations.length} are shown)` : '';
  return `${user}: ${counts}${coalesced}: ${violated === 0 ? 'everything holds' : countOf(violated, 'violation')}${more}`;
}
