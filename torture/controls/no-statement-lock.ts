import { byScenario } from '../catchers/by-scenario.ts';
import type { Control } from '../harness/control.ts';
import { cutPushes } from '../scenarios/cut-pushes.ts';
import { unlockLog } from '../unlock-log.ts';

export const noStatementLock: Control = {
  name: 'no-statement-lock',
  broken: 'Positions are counted on from the head as it was read, and nobody waits for anybody.',
  ...byScenario(cutPushes, {
    law: 'positions_contiguous',
    rounds: 8,
    breakWorld: ({ admin }) => unlockLog(admin),
  }),
};
