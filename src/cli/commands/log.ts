import type { Command } from 'commander';
import { userSession } from '../../database/database.ts';
import { readHead } from '../../log/read-head.ts';
import { scanLog } from '../../log/scan-log.ts';
import { describeScanned } from '../describe-scanned.ts';
import { readCount } from '../read-arguments.ts';
import type { Run } from '../run-cli.ts';

/** `log tail`: the newest changes, as they stand in the log. */
export function addLogCommand(program: Command, run: Run): void {
  const log = program.command('log').description('read the log as it stands');
  log
    .command('tail')
    .description('print the newest changes, the oldest of them first')
    .option('-n, --lines <count>', 'how many', readCount, 20)
    .action(
      run(async (context, { lines }: { lines: number }) => {
        const db = await context.database();
        const session = userSession(context.user());
        const head = await readHead(db, session);
        await scanLog(db, session, { after: Math.max(0, head - lines), upTo: head }, (changes) => {
          for (const change of changes) {
            const { data, fieldTimestamps, actor, ...rest } = change;
            context.print(
              {
                ...rest,
                data: JSON.parse(data),
                fieldTimestamps: JSON.parse(fieldTimestamps),
                actor: JSON.parse(actor),
              },
              describeScanned(change),
            );
          }
        });
        return 0;
      }),
    );
}
