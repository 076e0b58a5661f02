import type { Command } from 'commander';
import type { RecordAddress } from '../../core/log/record-address.ts';
import { userSession, withUser } from '../../database/database.ts';
import { readRecord } from '../../database/read-records.ts';
import { readHead } from '../../log/read-head.ts';
import { readIds } from '../../log/read-ids.ts';
import { parseScanned } from '../../log/scan-log.ts';
import { type TailOptions, tailLog } from '../../log/tail-log.ts';
import { CommandFault } from '../command-fault.ts';
import { describeScanned } from '../describe-scanned.ts';
import { noSuchRecord } from '../find-record.ts';
import { readAddress, readCount } from '../read-arguments.ts';
import type { Run } from '../run-cli.ts';
import { suggest } from '../suggest.ts';

interface Options {
  lines: number;
  follow?: boolean;
  record?: RecordAddress;
  mission?: string;
}

/** `log tail`: the newest changes, as they stand in the log, and with --follow those that come. */
export function addLogCommand(program: Command, run: Run): void {
  const log = program.command('log').description('read the log as it stands');
  log
    .command('tail')
    .description('print the newest changes, the oldest of them first')
    .option('-n, --lines <count>', 'how many', readCount, 20)
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--record <appId/table/id>', 'only the changes of this record', readAddress)
    .option('--mission <id>', 'only this mission, its iterations and proposals, and what was changed for it')
    .action(
      run(async (context, { lines, follow = false, record, mission }: Options) => {
        // Who follows may come before the first change.
        const userId = follow ? context.user() : await context.knownUser();
        const db = await context.database();
        await withUser(db, userId, async (tx) => {
          if (record && !follow && !(await readRecord(tx, record.appId, record.table, record.id))) {
            throw await noSuchRecord(tx, record);
          }
          if (mission !== undefined && !follow && !(await readRecord(tx, 'ai', 'aiMissions', mission))) {
            const hint = suggest(mission, await readIds(tx, 'ai', 'aiMissions'));
            throw new CommandFault(`there is no mission ${mission}.${hint}`);
          }
        });
        const options: TailOptions = {
          ...{ newest: lines, follow, record, missionId: mission, signal: context.signal },
          onError: (error) => context.note(`the connection that listens broke, and is made again: ${error.message}`),
        };
        if ((await readHead(db, userSession(userId))) === 0) context.note('the log is empty');
        await tailLog(db, userId, options, (changes) => {
          for (const change of changes) {
            context.print(parseScanned(change), describeScanned(change));
          }
        });
        if (!follow) context.checkInterrupt();
        return 0;
      }),
    );
}
