import type { Command } from 'commander';
import { describeError } from '../../describe-error.ts';
import { countUserRows, eraseUser, renewSamples, type UserRows } from '../../log/erase-user.ts';
import { countOf } from '../count-of.ts';
import type { Run } from '../run-cli.ts';
import { unknownUser } from '../unknown-user.ts';

/** `erase`: a user is gone for good, but for the fact that it was done. */
export function addEraseCommand(program: Command, run: Run): void {
  program
    .command('erase')
    .description('remove one user whole, for good; without --confirm it only says what would go')
    .option('--confirm <id>', 'the id of the user once more')
    .action(
      run(async (context, { confirm }: { confirm?: string }) => {
        const userId = context.namedUser();
        const db = await context.database();
        const rows = await countUserRows(db, userId);
        if (Object.values(rows).every((count) => count === 0)) throw await unknownUser(db, userId);
        if (confirm !== userId) {
          const mend = `nothing was erased; to erase it all, for good, add --confirm ${JSON.stringify(userId)}`;
          const fault = confirm === undefined ? '' : `--confirm names ${JSON.stringify(confirm)}; `;
          context.print({ userId, erased: false, rows }, `${userId} has ${describeRows(rows)}\n${fault}${mend}`);
          return 2;
        }
        const removed = await eraseUser(db, userId);
        const fault = await renewSamples(db).then(() => null, describeError);
        const mend = fault
          ? '\nPostgres still keeps samples of values to plan queries by: run "analyze" as its owner'
          : '';
        const answer = { userId, erased: true, rows: removed, ...(fault ? { samplesRenewed: false, fault } : {}) };
        context.print(answer, `erased ${userId}: ${describeRows(removed)}${mend}`);
        return fault ? 1 : 0;
      }),
    );
}

const NAMES: Record<string, string> = {
  sync_changes: 'change',
  records: 'record',
  missions: 'mission',
  model_calls: 'model call',
  plan_reads: 'plan read',
  stream_tickets: 'stream ticket',
};

function describeRows(rows: UserRows): string {
  return Object.entries(NAMES)
    .filter(([table]) => rows[table] !== undefined)
    .map(([table, noun]) => countOf(rows[table] ?? 0, noun))
    .join(', ');
}
