import { breakFunction } from '../break-function.ts';
import { byScenario } from '../catchers/by-scenario.ts';
import type { Control } from '../harness/control.ts';
import { failover } from '../scenarios/failover.ts';

export const constantEpoch: Control = {
  name: 'constant-epoch',
  broken: 'A log keeps its epoch when a standby is promoted that had not received its end.',
  ...byScenario(failover, {
    law: 'followed_once',
    rounds: 1,
    async breakWorld({ admin }) {
      await breakFunction(admin, 'server_epoch', { '(pg_control_system()).system_identifier, v_timeline,': "'same'," });
    },
  }),
};
