import type { Json, JsonObject } from '../../json.ts';
import { POLICY_RECORD_ID } from '../../modules/missions-module.ts';
import type { Registry } from '../../modules/registry.ts';
import { toolPolicy } from '../../proposals/policy.ts';
import type { Actor, AiActor } from '../actor.ts';
import type { LoggedChange } from '../change.ts';
import { emptyRecord, type FoldedRecord, foldInto } from '../merge.ts';
import type { Violation } from './violation.ts';

/** A change of app `ai`, or one that an AI actor made. */
export type CheckedChange = Pick<
  LoggedChange,
  'position' | 'appId' | 'tableName' | 'recordId' | 'op' | 'data' | 'fieldTimestamps' | 'clientId' | 'actor'
>;

export interface ActionChecks {
  /** What is wrong with the next change of the log; all that it is held against came before it. */
  see(change: CheckedChange): Violation[];
}

/**
 * Checks, change by change in the order of the log, that everything which an AI actor did was approved, once, by the person
 * or by the policy as it was then, and is what was approved. `hashOf` names a tool with its parameters, as the proposals do.
 */
export function checkActions(
  registry: Registry,
  hashOf: (toolName: string, params: JsonObject) => string,
): ActionChecks {
  const missions = new Set<string>();
  const missionOf = new Map<string, Json | undefined>();
  const proposals = new Map<string, FoldedRecord>();
  const settled = new Map<string, number>();
  let policy: FoldedRecord | undefined;

  function seeProposal(change: CheckedChange): Violation[] {
    const record = proposals.get(change.recordId) ?? emptyRecord(change.position);
    proposals.set(change.recordId, record);
    foldInto(record, change);
    const { status } = change.data;
    if (!Object.hasOwn(change.fieldTimestamps, 'status') || status === 'pending') return [];

    const before = settled.get(change.recordId);
    if (before !== undefined) {
      const message = `proposal ${change.recordId} was settled already when it became ${text(status)}`;
      return [{ rule: 'decided_twice', message, positions: [before, change.position] }];
    }
    settled.set(change.recordId, change.position);
    if (status !== 'approved' && status !== 'rejected') return [];
    const violations: Violation[] = [];
    const { toolName, params, hash } = record.data;
    if (hash !== hashOf(text(toolName), (params ?? {}) as JsonObject)) {
      const message = `proposal ${change.recordId} was ${status} under a hash that is not that of its tool and parameters`;
      violations.push({
        rule: 'decided_on_something_else',
        message,
        positions: [record.firstPosition, change.position],
      });
    }
    if (!mayDecide(change, text(toolName))) {
      const message = `proposal ${change.recordId} was ${status} neither by the person nor by a policy that was auto then`;
      violations.push({ rule: 'approved_by_nobody', message, positions: [change.position] });
    }
    // Of all that is kept for each proposal these take the most room, and nothing asks for them again.
    record.data = { ...record.data, params: null, rationale: null, summary: null };
    return violations;
  }

  function mayDecide({ actor, data }: CheckedChange, toolName: string): boolean {
    if (actor.kind === 'user') return data.decidedBy !== 'policy';
    if (data.decidedBy !== 'policy' || !isRunner(actor)) return false;
    const settings = policy && policy.deletedAt === null ? policy.data : undefined;
    const tool = registry.tool(toolName);
    return (tool ? toolPolicy(tool, settings) : settings?.[toolName]) === 'auto';
  }

  function seeAction({ position, appId, tableName, recordId }: CheckedChange, actor: AiActor): Violation[] {
    const what = `the AI's change of ${appId}/${tableName}/${recordId}`;
    if (appId === 'ai') {
      const message = `${what} is one of the service's own bookkeeping, which no plan may touch`;
      return [{ rule: 'ai_change_of_bookkeeping', message, positions: [position] }];
    }
    const proposal = proposals.get(actor.proposalId);
    if (!proposal) {
      const message = `${what} names the proposal ${actor.proposalId}, which the log did not have by then`;
      return [{ rule: 'ai_change_without_proposal', message, positions: [position] }];
    }
    const { missionId, iterationId, status } = proposal.data;
    const positions = [proposal.firstPosition, position];
    const violations: Violation[] = [];
    const isOfThePlan =
      missionId === actor.missionId &&
      iterationId === actor.iterationId &&
      missions.has(actor.missionId) &&
      missionOf.get(actor.iterationId) === actor.missionId;
    if (!isOfThePlan) {
      const named = `mission ${actor.missionId}, iteration ${actor.iterationId} and proposal ${actor.proposalId}`;
      violations.push({
        rule: 'ai_change_of_another_plan',
        message: `${what} names ${named}, which do not all exist and belong together`,
        positions,
      });
    }
    if (status !== 'approved') {
      const message = `${what} came while its proposal ${actor.proposalId} was ${text(status)}`;
      violations.push({ rule: 'ai_change_not_approved', message, positions });
    }
    if (proposal.data.appId !== appId) {
      const message = `${what} came of the proposal ${actor.proposalId}, which is for the module ${text(proposal.data.appId)}`;
      violations.push({ rule: 'ai_change_in_another_module', message, positions });
    }
    return violations;
  }

  return {
    see(change) {
      const { appId, tableName, recordId, actor } = change;
      const violations = actor.kind === 'ai' ? seeAction(change, actor) : [];
      if (appId !== 'ai') return violations;
      if (tableName === 'aiMissions') missions.add(recordId);
      if (tableName === 'aiIterations' && Object.hasOwn(change.fieldTimestamps, 'missionId')) {
        missionOf.set(recordId, change.data.missionId);
      }
      if (tableName === 'aiPolicy' && recordId === POLICY_RECORD_ID) {
        policy ??= emptyRecord(change.position);
        foldInto(policy, change);
      }
      return tableName === 'aiProposals' ? [...violations, ...seeProposal(change)] : violations;
    },
  };
}

function isRunner(actor: Actor): boolean {
  return actor.kind === 'system' && actor.source === 'mission-runner';
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
