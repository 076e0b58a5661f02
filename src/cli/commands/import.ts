import type { Command } from 'commander';
import { type ImportOutcome, importLog } from '../../log/archive/import-log.ts';
import { CommandFault } from '../command-fault.ts';
import type { Run } from '../run-cli.ts';

/** `import`: what export has written, back into a log. */
export function addImportCommand(program: Command, run: Run): void {
  program
    .command('import')
    .description('bring an archive of export into the log; what is there already is left out')
    .argument('<file>', 'the zip that export has written')
    .option('--from-another-user', "take another user's archive into this log")
    .action(
      run(async (context, file: string, { fromAnotherUser = false }: { fromAnotherUser?: boolean }) => {
        const userId = context.user();
        const db = await context.database();
        let bar = context.progress(0, 'changes');
        const outcome = await importLog(db, file, {
          userId,
          fromAnotherUser,
          now: context.clock.now(),
          onChecked(changes) {
            bar = context.progress(changes, 'changes');
          },
          onImported: (changes) => bar.add(changes),
          checkInterrupt: context.checkInterrupt,
        }).finally(() => bar.end());
        if (!outcome.ok) throw new CommandFault(describeRefusal(file, userId, outcome));
        const { changes, added, queued } = outcome;
        context.print({ file, userId, changes, added, present: changes - added, queued }, describe(outcome, userId));
        return 0;
      }),
    );
}

function describe({ changes, added, queued }: Extract<ImportOutcome, { ok: true }>, userId: string): string {
  const there = changes - added;
  if (added === 0) return `nothing to add: the log of ${userId} has all ${changes} changes already`;
  return [
    `added ${added} changes to the log of ${userId}`,
    ...(there > 0 ? [`${there} were there already`] : []),
    ...(queued > 0 ? [`missions that wait for a plan, as they did then: ${queued}`] : []),
  ].join('; ');
}

function describeRefusal(file: string, userId: string, outcome: Extract<ImportOutcome, { ok: false }>): string {
  if (outcome.reason === 'another_user') {
    return `${file} is the archive of ${JSON.stringify(outcome.owner)}, not of ${JSON.stringify(userId)}; to take it into the log of ${JSON.stringify(userId)} give --from-another-user`;
  }
  if (outcome.reason === 'archive_refused') return `${file}: ${outcome.message}. Nothing was imported.`;
  const { position, id, message } = outcome;
  return `${file}: line ${position}, the change ${JSON.stringify(id)}: ${message}. It was not imported, nor what comes after it.`;
}
