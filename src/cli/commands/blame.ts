import type { Command } from 'commander';
import type { RecordAddress } from '../../core/log/record-address.ts';
import { defaultRegistry } from '../../core/modules/registry.ts';
import { withUser } from '../../database/database.ts';
import { blameRecord, type RecordBlame } from '../../log/blame-record.ts';
import { CommandFault } from '../command-fault.ts';
import { describeBlame } from '../describe-blame.ts';
import { noSuchRecord } from '../find-record.ts';
import { readAddress } from '../read-arguments.ts';
import type { Run } from '../run-cli.ts';
import { suggest } from '../suggest.ts';

/** `blame`: why a record is as it is. */
export function addBlameCommand(program: Command, run: Run): void {
  program
    .command('blame')
    .description(
      'say why a record is as it is: who wrote each field, when, for which mission, why, and who approved it',
    )
    .argument('<appId/table/id>', 'the record, such as todo/tasks/t1', readAddress)
    .argument('[field]', 'only this field')
    .option('--all', 'the other writes of each field too')
    .action(
      run(async (context, address: RecordAddress, field: string | undefined, { all = false }: { all?: boolean }) => {
        const userId = await context.knownUser();
        const db = await context.database();
        const blame = await withUser(db, userId, async (tx) => {
          const found = await blameRecord(tx, defaultRegistry, address, { others: all });
          if (!found) throw await noSuchRecord(tx, address);
          return found;
        });
        const shown = field === undefined ? blame : { ...blame, fields: [findField(blame, field)] };
        context.print(shown, describeBlame(shown));
        return 0;
      }),
    );
}

function findField({ fields }: RecordBlame, field: string): RecordBlame['fields'][number] {
  const found = fields.find((one) => one.field === field);
  if (found) return found;
  const names = fields.map((one) => one.field);
  throw new CommandFault(`the record has no field ${field}.${suggest(field, names)} It has: ${names.join(', ')}.`);
}
