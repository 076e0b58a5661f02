import type { Command } from 'commander';
import type { RecordAddress } from '../../core/log/record-address.ts';
import { defaultRegistry } from '../../core/modules/registry.ts';
import { withUser } from '../../database/database.ts';
import { readRecord } from '../../database/read-records.ts';
import { diffMoments } from '../../log/past/diff-moments.ts';
import { CommandFault } from '../command-fault.ts';
import { describeDiff } from '../describe-diff.ts';
import { findMoment, noSuchRecord } from '../find-record.ts';
import { readAddress } from '../read-arguments.ts';
import type { Run } from '../run-cli.ts';

interface Options {
  from: string;
  to: string;
}

/** `diff`: what changed between two moments. */
export function addDiffCommand(program: Command, run: Run): void {
  program
    .command('diff')
    .description('print what changed between two moments: per record and field before, after, and by whom')
    .argument('[appId/table/id]', 'only this record', readAddress)
    .requiredOption('--from <position|time>', 'the earlier moment; 0 is before the first change')
    .requiredOption('--to <position|time>', 'the later moment')
    .action(
      run(async (context, only: RecordAddress | undefined, options: Options) => {
        const userId = await context.knownUser();
        const db = await context.database();
        const found = await withUser(db, userId, async (tx) => {
          const from = await findMoment(tx, '--from', options.from);
          const to = await findMoment(tx, '--to', options.to);
          if (from.position > to.position) {
            throw new CommandFault(
              `--from (position ${from.position}) comes after --to (position ${to.position}); exchange them`,
              2,
            );
          }
          if (only && !(await readRecord(tx, only.appId, only.table, only.id))) throw await noSuchRecord(tx, only);
          let count = 0;
          await diffMoments(tx, defaultRegistry, { from: from.position, to: to.position, only }, (diff) => {
            context.checkInterrupt();
            count += 1;
            context.print(diff, describeDiff(diff));
          });
          return { count, from: from.position, to: to.position };
        });
        if (found.count === 0) context.note(`nothing differs between the positions ${found.from} and ${found.to}`);
        return 0;
      }),
    );
}
