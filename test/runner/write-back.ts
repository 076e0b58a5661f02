import { MISSION_RUNNER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import type { Database } from '../../src/database/database.ts';
import { type Claim, claimMissions } from '../../src/runner/claim.ts';
import type { WriteBack } from '../../src/runner/record-plans.ts';
import { writeMission } from '../support/missions.ts';

/** A mission that was just written, claimed; or claimed anew. */
export async function claimOf(db: Database, user: string, id: string, { write = true } = {}): Promise<Claim> {
  if (write) await writeMission(db, user, id);
  const claims = await claimMissions(db, {
    runner: 'x',
    limit: 10,
    leaseMs: 30_000,
    perUser: 10,
    now: null,
    budget: null,
  });
  const claim = claims.find(({ userId, missionId }) => userId === user && missionId === id);
  if (!claim || claims.length > 1) throw new Error(`claimed ${claims.length} missions, not just ${id} of ${user}`);
  return claim;
}

/** A plan of one step for a claim. */
export function planFor(claim: Claim): WriteBack {
  const iterationId = `${claim.missionId}-${claim.want}`;
  const change = (tableName: string, recordId: string, data: Change['data']): Change => {
    return { appId: 'ai', tableName, recordId, op: 'insert', data, actor: MISSION_RUNNER };
  };
  const changes = [
    change('aiIterations', iterationId, { missionId: claim.missionId, want: claim.want }),
    change('aiProposals', `${iterationId}-0`, { missionId: claim.missionId, iterationId, status: 'pending' }),
  ];
  return { claim, changes, failed: false, nextRunAt: null };
}

/** One that the database refuses: its iteration's id is longer than any. */
export function refusedFor(claim: Claim): WriteBack {
  const plan = planFor(claim);
  return { ...plan, changes: plan.changes.map((change) => ({ ...change, recordId: 'x'.repeat(256) })) };
}
