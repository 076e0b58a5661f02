import pc from 'picocolors';
import { formatAddress } from '../core/log/record-address.ts';
import type { RecordDiff } from '../log/past/diff-moments.ts';
import { describePairs, describeText, describeValue } from './describe.ts';
import { describeActor } from './describe-scanned.ts';

const COLOURS = { created: pc.green, changed: pc.yellow, deleted: pc.red };

/** What changed in a record, for a person: a head, and a line for each field, with who wrote it. */
export function describeDiff(diff: RecordDiff): string {
  const head = `${COLOURS[diff.kind](diff.kind.padEnd(7))}  ${formatAddress(diff)}  ${describeText(diff.label)}`;
  const fields = diff.fields.map(({ field, before, after, by }, n): [string, string] => {
    const was = diff.kind === 'changed' ? `${describeValue(before)} -> ` : '';
    // Once for all the fields of one change that stand together.
    const isSame = diff.fields[n - 1]?.by.position === by.position;
    const who = isSame ? '' : pc.dim(`  ${describeActor(by.actor)}, ${by.arrivedAt}, change ${by.position}`);
    return [field, `${was}${describeValue(after)}${who}`];
  });
  return [head, ...describePairs(fields, '  ')].join('\n');
}
