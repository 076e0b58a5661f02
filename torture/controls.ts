import { approveWithoutCompare } from './controls/approve-without-compare.ts';
import { constantEpoch } from './controls/constant-epoch.ts';
import { cursorByCreatedAt } from './controls/cursor-by-created-at.ts';
import { keyedByIdAlone } from './controls/keyed-by-id-alone.ts';
import { noEventId } from './controls/no-event-id.ts';
import { noFence } from './controls/no-fence.ts';
import { noStatementLock } from './controls/no-statement-lock.ts';
import { notifyAsTruth } from './controls/notify-as-truth.ts';
import { plainView } from './controls/plain-view.ts';
import { tiesByArrival } from './controls/ties-by-arrival.ts';
import type { Control } from './harness/control.ts';

/** All of them: `npm run torture -- --controls`. */
export const controls: readonly Control[] = [
  cursorByCreatedAt,
  tiesByArrival,
  noFence,
  noEventId,
  plainView,
  noStatementLock,
  approveWithoutCompare,
  notifyAsTruth,
  keyedByIdAlone,
  constantEpoch,
];
