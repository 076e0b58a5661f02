import type pg from 'pg';
import { breakFunction } from './break-function.ts';

/** For a control: whoever comes back with a plan writes it, whether or not the claim is still its own. */
export async function unfencePlans(admin: pg.ClientBase | pg.Pool): Promise<void> {
  await breakFunction(admin, 'record_plans', {
    "when m.claim_token is distinct from (p.plan ->> 'token')::uuid then 'claim_lost'\n": '',
    "when m.due_at <= coalesce(p_now, clock_timestamp()) then 'claim_lost'\n": '',
  });
}
