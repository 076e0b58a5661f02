import { breakFunction } from '../break-function.ts';
import type { Control } from '../harness/control.ts';
import { pauses } from '../scenarios/pauses.ts';

/** Leases alone: whoever comes back writes, whether or not the claim is still its own. */
export const noFence: Control = {
  name: 'no-fence',
  scenario: pauses,
  rounds: 2,
  breaks: 'planned_once',
  async breakWorld(world) {
    await breakFunction(world.admin, 'record_plans', {
      "when m.claim_token is distinct from (p.plan ->> 'token')::uuid then 'claim_lost'\n": '',
      "when m.due_at <= coalesce(p_now, clock_timestamp()) then 'claim_lost'\n": '',
    });
    await breakFunction(world.admin, 'record_call', { ' and claim_token = p_token': '' });
  },
};
