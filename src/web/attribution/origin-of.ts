import type { AiActor } from '../../core/log/actor.ts';
import { textOf } from '../../core/modules/reading.ts';
import type { Replica } from '../replica/open-replica.ts';
import type { FoundRecord } from '../replica/read/find-record.ts';

/** How a change by an AI actor came about, as far as this device knows: every part of it may be gone. */
export interface Origin {
  mission: { id: string; title: string | null; deleted: boolean };
  iteration: { id: string; number: number | null; model: string | null };
  rationale: string;
  /** Null: not approved as far as is known here. */
  approval: { by: 'user' | 'policy'; at: string | null } | null;
}

/** Looks up mission, iteration and proposal of an AI actor. To be called in a live query. */
export async function originOf(replica: Pick<Replica, 'findRecord'>, actor: AiActor): Promise<Origin> {
  const find = (table: string, id: string) => replica.findRecord({ appId: 'ai', table, id });
  const [mission, iteration, proposal] = await Promise.all([
    find('aiMissions', actor.missionId),
    find('aiIterations', actor.iterationId),
    find('aiProposals', actor.proposalId),
  ]);
  const want = iteration?.data.want;
  return {
    mission: {
      id: actor.missionId,
      title: (mission && textOf(mission, 'title')) ?? null,
      deleted: mission?.deleted ?? false,
    },
    iteration: {
      id: actor.iterationId,
      number: typeof want === 'number' ? want : null,
      model: (iteration && textOf(iteration, 'model')) ?? null,
    },
    rationale: actor.rationale,
    approval: proposal ? approvalOf(proposal) : null,
  };
}

/** Who approved a proposal, and when; null when nobody has. */
export function approvalOf(proposal: Pick<FoundRecord, 'id' | 'data'>): Origin['approval'] {
  if (proposal.data.status !== 'approved') return null;
  const by = proposal.data.decidedBy === 'policy' ? 'policy' : 'user';
  return { by, at: textOf(proposal, 'decidedAt') ?? null };
}
