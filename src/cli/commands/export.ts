import { resolve } from 'node:path';
import type { Command } from 'commander';
import { archiveName } from '../../core/log/archive.ts';
import { operatorSession } from '../../database/database.ts';
import { exportLog } from '../../log/archive/export-log.ts';
import { writeFileWhole } from '../../log/archive/write-file.ts';
import { readHead } from '../../log/read-head.ts';
import { CommandFault } from '../command-fault.ts';
import { describeLink } from '../describe-link.ts';
import type { Run } from '../run-cli.ts';
import { unknownUser } from '../unknown-user.ts';

/** `export`: a user's log as a zip, to keep or to import elsewhere. */
export function addExportCommand(program: Command, run: Run): void {
  program
    .command('export')
    .description('write the whole log into a zip, which import reads')
    .option('--out <file>', 'the file to write; - is stdout (absent: named after user and day, here)')
    .option('--force', 'replace the file if it exists')
    .action(
      run(async (context, { out, force = false }: { out?: string; force?: boolean }) => {
        const userId = context.user();
        const db = await context.database();
        const head = await readHead(db, operatorSession(userId));
        if (head === 0) throw await unknownUser(db, userId);
        const exportedAt = context.clock.now();
        const bar = context.progress(head, 'changes');
        const options = {
          userId,
          exportedAt,
          onChanges(count: number) {
            context.checkInterrupt();
            bar.add(count);
          },
        };
        try {
          if (out === '-') {
            await exportLog(db, context.stdout, options, { keepOpen: true });
            return 0;
          }
          const file = resolve(out ?? archiveName(userId, exportedAt));
          const manifest = await writeFileWhole(file, { replace: force }, (to) => exportLog(db, to, options));
          if (!manifest)
            throw new CommandFault(`${file} exists already; name another with --out, or replace it with --force`);
          const { changes, sha256, lastPosition, link } = manifest;
          const linked = lastPosition && link ? `\n  link ${describeLink({ position: lastPosition, link })}` : '';
          context.print(
            { file, userId, changes, sha256, link },
            `exported ${changes} changes of ${userId} to ${file}${linked}`,
          );
          return 0;
        } finally {
          bar.end();
        }
      }),
    );
}
