import { noEventId } from './controls/no-event-id.ts';
import { noFence } from './controls/no-fence.ts';
import { noHeadLock } from './controls/no-head-lock.ts';
import type { Control } from './harness/control.ts';

/** All of them: `npm run torture -- --controls`. */
export const controls: readonly Control[] = [noFence, noEventId, noHeadLock];
