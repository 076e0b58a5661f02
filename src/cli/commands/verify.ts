import type { Command } from 'commander';
import { defaultRegistry } from '../../core/modules/registry.ts';
import { operatorSession } from '../../database/database.ts';
import { readChangesAt } from '../../log/past/read-changes-at.ts';
import { readHead } from '../../log/read-head.ts';
import { parseScanned, type ScannedChange } from '../../log/scan-log.ts';
import type { LinkAt } from '../../log/verify/check-chain.ts';
import { type FoundViolation, type VerifyReport, verifyUser } from '../../log/verify/verify-user.ts';
import type { CommandContext } from '../context.ts';
import { countOf } from '../count-of.ts';
import { describeDifference } from '../describe-difference.ts';
import { describeLink } from '../describe-link.ts';
import { describeScanned } from '../describe-scanned.ts';
import { readLink } from '../read-arguments.ts';
import type { Run } from '../run-cli.ts';

/** `verify`: everything that must hold of the log and its projections. */
export function addVerifyCommand(program: Command, run: Run): void {
  program
    .command('verify')
    .description('prove the log and its projections, beside a running service; prints each violation with its rows')
    .option(
      '--expect <position:link>',
      'that the log of one user still has this link, which verify or export told before',
      readLink,
    )
    .action(
      run(async (context, { expect }: { expect?: LinkAt }) => {
        let users = 0;
        let violated = 0;
        for (const user of expect ? [await context.knownUser()] : await context.users()) {
          violated += (await verifyOne(context, user, expect)).violated;
          users += 1;
        }
        const outcome = violated === 0 ? 'everything holds' : countOf(violated, 'violation');
        context.print({ total: { users, violated } }, `${countOf(users, 'user')}: ${outcome}`);
        return violated === 0 ? 0 : 1;
      }),
    );
}

async function verifyOne(context: CommandContext, user: string, expected?: LinkAt): Promise<VerifyReport> {
  const db = await context.database();
  const { checkInterrupt } = context;
  const progress = context.progress(await readHead(db, operatorSession(user)), 'changes');
  const report = await verifyUser(db, user, {
    registry: defaultRegistry,
    expected,
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

function describeReport(report: VerifyReport) {
  const { user, changes, records, missions, coalescedWants, link, violated, violations } = report;
  const counts = `${countOf(changes, 'change')}, ${countOf(records, 'record')}, ${countOf(missions, 'mission')}`;
  const coalesced = coalescedWants === 0 ? '' : `, ${countOf(coalescedWants, 'want')} coalesced into newer ones`;
  const more = violated > violations.length ? ` (the first ${violations.length} are shown)` : '';
  const linked = link === null ? '' : `\n  link ${describeLink(link)}`;
  return `${user}: ${counts}${coalesced}: ${violated === 0 ? 'everything holds' : countOf(violated, 'violation')}${more}${linked}`;
}
