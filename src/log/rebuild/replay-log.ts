import type { FoldedRecord } from '../../core/log/merge.ts';
import type { Database, Session } from '../../database/database.ts';
import type { Difference } from './difference.ts';
import { Findings } from './findings.ts';
import { replayPart } from './replay-part.ts';

/** What came of holding the records, or a part of them, against the log; all of it by one snapshot. */
export interface ReplayedPart {
  /** The position that the log ended at. */
  head: number;
  /** How many records the log has. */
  records: number;
  /** The records that the projection does not hold as the log has them: as they must be, or null for none at all. */
  differing: Map<string, FoldedRecord | null>;
}

export interface ReplayOptions {
  differences: Findings<Difference>;
  /** Called with the size of each batch of changes that was folded. May throw, to end the replay. */
  onChanges(count: number): void;
  /** Bytes that the records in memory may take, as estimated; see replay-part.ts. */
  budget?: number;
}

/** Beside 80 MB of the process itself, and three times as much as this that V8 leaves lying about, it stays below 300 MB. */
const BUDGET = 32 * 2 ** 20;
const MOST_PARTS = 2 ** 20;

/**
 * Folds the log of the session's user in TypeScript and holds the projection `records` against it, in bounded memory
 * whatever the size of the log: where the records do not fit, they are replayed in parts, each in a scan of its own. No
 * estimate decides how many, but what is met: a part that grows too large is begun again as several.
 */
export async function replayLog(
  db: Database,
  session: Session,
  { differences, onChanges, budget = BUDGET }: ReplayOptions,
  onPart: (part: ReplayedPart) => Promise<void>,
): Promise<void> {
  const parts = [{ of: 1, index: 0 }];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const { of, index } = part;
    const found = new Findings<Difference>();
    const limit = of < MOST_PARTS ? budget : Number.POSITIVE_INFINITY;
    const outcome = await replayPart(db, session, part, { differences: found, onChanges, budget: limit });
    if ('share' in outcome) {
      const factor = Math.min(splitInto(outcome.share), MOST_PARTS / of);
      for (let n = 0; n < factor; n++) parts.push({ of: of * factor, index: index + of * n });
      continue;
    }
    await onPart(outcome);
    differences.addAll(found);
  }
}

/** Into how many parts, a power of two, so that each has room when this share of the whole had not. */
function splitInto(share: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(1.5 / Math.max(share, 2 ** -10))));
}
