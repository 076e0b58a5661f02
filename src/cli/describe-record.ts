import pc from 'picocolors';
import { formatAddress } from '../core/log/record-address.ts';
import type { PastRecord } from '../log/past/record-at.ts';
import { describePairs, describeText, describeValue } from './describe.ts';
import { describeActor } from './describe-scanned.ts';

/** A record for a person: its fields, and by whom each is. */
export function describeRecord(record: PastRecord & { label: string }): string {
  const deleted = record.deletedAt === null ? '' : `  ${pc.red(`deleted ${record.deletedAt}`)}`;
  const fields = Object.entries(record.data).map(([field, value]): [string, string] => {
    const by = record.attribution[field];
    const who = by ? pc.dim(`  ${describeActor(by.actor)}, ${by.at}, change ${by.position}`) : '';
    return [field, `${describeValue(value)}${who}`];
  });
  return [
    `${pc.bold(describeText(record.label))}  ${formatAddress(record)}${deleted}`,
    ...describePairs(fields, '  '),
  ].join('\n');
}
