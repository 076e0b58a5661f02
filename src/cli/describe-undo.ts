import pc from 'picocolors';
import { formatAddress } from '../core/log/record-address.ts';
import type { UndoneRecord, UndoReport } from '../log/undo/undo-report.ts';
import { describePairs, describeText, describeValue } from './describe.ts';
import { describeActor } from './describe-scanned.ts';

/** What went back, or would, and what stays and why, for a person; `what` is what the person asked to take back. */
export function describeUndo({ dryRun, positions, records }: UndoReport, what: string): string {
  const goesBack = records.some(({ outcome }) => outcome !== 'left');
  return [...records.flatMap(describeRecord), lastLine()].join('\n');

  function lastLine(): string {
    if (!goesBack)
      return records.length === 0 ? `${what} changed no record` : `nothing of ${what} is left to take back`;
    if (dryRun) return `nothing was done yet; do it with: pg-missions undo ${what} --yes`;
    const { from, to } = positions ?? { from: 0, to: 0 };
    return `done; undo it again with: pg-missions undo ${from}..${to}`;
  }
}

const WORDS = {
  restored: pc.yellow('goes back'),
  deleted: pc.red('is deleted'),
  brought_back: pc.green('comes back'),
  left: pc.dim('is left'),
};

function describeRecord(record: UndoneRecord): string[] {
  const back = record.back.map(({ field, from, to }): [string, string] => [
    field,
    `${describeValue(from)} -> ${describeValue(to)}`,
  ]);
  const kept = record.kept.map(({ field, value, position, actor, arrivedAt }): [string, string] => {
    const lived = value === null ? 'was brought back' : 'was deleted';
    const what = field === 'deletedAt' ? lived : `${describeValue(value)} stays`;
    return [field, `${what}: ${describeActor(actor)}, ${arrivedAt}, change ${position}`];
  });
  const head = `${describeText(record.label)}  ${formatAddress(record)}  ${WORDS[record.outcome]}`;
  return [head, ...describePairs([...back, ...kept], '  ')];
}
