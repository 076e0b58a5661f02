import { type Break, createChain } from '../../core/log/chain.ts';
import type { Violation } from '../../core/log/verify/violation.ts';
import { type Database, operatorSession } from '../../database/database.ts';
import { scanLog } from '../scan-log.ts';
import { sha256 } from '../sha256.ts';

/** The link of a log at a position: what all its changes up to there hash to. Kept elsewhere, it tells whether they are the same. */
export interface LinkAt {
  position: number;
  link: string;
}

/**
 * Recomputes the links of a user's log, by one statement and so by one snapshot; and holds it against a link of before,
 * where there is one. `link`: that of the end; null for an empty log, or one that has none.
 */
export async function checkChain(
  db: Database,
  userId: string,
  { expected, checkInterrupt }: { expected?: LinkAt | undefined; checkInterrupt(): void },
): Promise<{ link: LinkAt | null; violations: Violation[] }> {
  const chain = createChain(sha256);
  const violations: Violation[] = [];
  const note = (found: Break | null) => found && violations.push(describeBreak(found));
  let last = 0;
  let linkAfter: string | null = null;
  let kept: string | null = null;
  await scanLog(db, operatorSession(userId), {}, (changes) => {
    checkInterrupt();
    for (const change of changes) {
      note(chain.see({ ...change, userId }));
      if (change.position - 1 === expected?.position) kept = change.link;
      last = change.position;
      linkAfter = change.linkAfter;
    }
  });
  if (last > 0) note(chain.end(linkAfter));
  if (last === expected?.position) kept = linkAfter;
  if (expected && kept !== expected.link) violations.push(describeUnexpected(expected, last, kept));
  return { link: linkAfter === null ? null : { position: last, link: linkAfter }, violations };
}

function describeBreak({ first, last, isMissing }: Break): Violation {
  const what = first === last ? `change ${first}` : `one of the changes ${first} to ${last}`;
  const message = isMissing
    ? `no link covers the log from ${first} to its end at ${last}: it was cut, or its head was changed`
    : `${what} is not what was appended, or is missing, or the link after ${last} was changed`;
  return { rule: 'chain_broken', message, positions: [first, last] };
}

function describeUnexpected({ position, link }: LinkAt, last: number, kept: string | null): Violation {
  const found =
    position > last ? `the log ends at ${last}` : kept === null ? `the log has no link there` : `there it is ${kept}`;
  return {
    rule: 'link_not_as_expected',
    message: `the log is not the one that had the link ${link} at ${position}: ${found}`,
    positions: [],
  };
}
