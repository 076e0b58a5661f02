import { breakFunction } from '../break-function.ts';
import { byScenario } from '../catchers/by-scenario.ts';
import type { Control } from '../harness/control.ts';
import { pauses } from '../scenarios/pauses.ts';

export const noFence: Control = {
  name: 'no-fence',
  broken: 'Leases alone: whoever comes back writes, whether or not the claim is still its own.',
  ...byScenario(pauses, {
    law: 'planned_once',
    rounds: 2,
    async breakWorld({ admin }) {
      await breakFunction(admin, 'record_plans', {
        "when m.claim_token is distinct from (p.plan ->> 'token')::uuid then 'claim_lost'\n": '',
        "when m.due_at <= coalesce(p_now, clock_timestamp()) then 'claim_lost'\n": '',
      });
      await breakFunction(admin, 'record_call', { ' and claim_token = p_token': '' });
    },
  }),
};
