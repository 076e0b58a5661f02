import type { Command } from 'commander';
import { defaultRegistry } from '../../core/modules/registry.ts';
import { type Transaction, withUser } from '../../database/database.ts';
import { readRecord } from '../../database/read-records.ts';
import { readIds } from '../../log/read-ids.ts';
import { type UndoTarget, undoChanges } from '../../log/undo/undo-changes.ts';
import { CommandFault } from '../command-fault.ts';
import { describeUndo } from '../describe-undo.ts';
import { findMoment } from '../find-record.ts';
import type { Run } from '../run-cli.ts';
import { suggest } from '../suggest.ts';

/** `undo`: takes back what an iteration, a proposal or a stretch of the log has changed. */
export function addUndoCommand(program: Command, run: Run): void {
  program
    .command('undo')
    .description('take changes back where they still stand; what was changed since is left, and listed')
    .argument('<what>', 'an iteration, a proposal, or positions of the log as 120..123')
    .option('--yes', 'do it; without this it is only said what would be done')
    .action(
      run(async (context, what: string, { yes = false }: { yes?: boolean }) => {
        const userId = await context.knownUser();
        const db = await context.database();
        const report = await withUser(db, userId, async (tx) => {
          const target = await findTarget(tx, what);
          return undoChanges(tx, target, {
            ...{ userId, registry: defaultRegistry, now: context.clock.now(), dryRun: !yes },
          });
        });
        if (!report) throw new CommandFault(`there is no ${what} any more`);
        context.print(report, describeUndo(report, what));
        return 0;
      }),
    );
}

async function findTarget(tx: Transaction, what: string): Promise<UndoTarget> {
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(what) ?? [];
  if (from !== undefined && to !== undefined) {
    if (Number(from) < 1 || Number(from) > Number(to)) {
      throw new CommandFault(`${what} is no stretch of the log: the positions go from 1 up, the lower one first`, 2);
    }
    await findMoment(tx, 'position', to);
    return { kind: 'range', from: Number(from), to: Number(to) };
  }
  const [iteration, proposal] = [
    await readRecord(tx, 'ai', 'aiIterations', what),
    await readRecord(tx, 'ai', 'aiProposals', what),
  ];
  if (iteration && proposal) {
    // `a-1-2` is the second iteration of a mission `a-1`, and the third proposal of the first iteration of a mission `a`.
    throw new CommandFault(
      `${what} is an iteration of ${iteration.data.missionId} and a proposal of ${proposal.data.missionId}; ` +
        `name positions instead (log tail --mission shows them)`,
    );
  }
  if (iteration) return { kind: 'iteration', id: what };
  if (proposal) return { kind: 'proposal', id: what };
  const known = [...(await readIds(tx, 'ai', 'aiIterations')), ...(await readIds(tx, 'ai', 'aiProposals'))];
  throw new CommandFault(`there is no iteration and no proposal ${what}.${suggest(what, known)}`);
}
