import { breakFunction } from '../break-function.ts';
import { byScenario } from '../catchers/by-scenario.ts';
import type { Control } from '../harness/control.ts';
import { pauses } from '../scenarios/pauses.ts';
import { unfencePlans } from '../unfence-plans.ts';

export const noFence: Control = {
  name: 'no-fence',
  broken: 'Leases alone: whoever comes back writes, whether or not the claim is still its own.',
  ...byScenario(pauses, {
    law: 'planned_once',
    rounds: 2,
    async breakWorld({ admin }) {
      await unfencePlans(admin);
      await breakFunction(admin, 'record_call', { ' and claim_token = p_token': '' });
    },
  }),
};
