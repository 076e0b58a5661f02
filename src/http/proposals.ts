import { z } from '@hono/zod-openapi';
import type { Json, JsonObject } from '../core/json.ts';
import { PROPOSAL_STATUSES } from '../core/proposals/proposal.ts';
import { withUser } from '../database/database.ts';
import {
  type Decision,
  type DecisionRefusal,
  decideProposal,
  type TouchedRecord,
} from '../decisions/decide-proposal.ts';
import { describeError } from '../describe-error.ts';
import { type ProposalView, proposalViewSchema } from '../missions/proposal-view.ts';
import { listProposals, readProposal } from '../missions/read-proposals.ts';
import { reachMilestone } from '../reach-milestone.ts';
import type { App, AppDeps } from './app.ts';
import { anyId, cursor, pageSize } from './inputs.ts';
import { userOperation } from './operation.ts';
import { Problem, type ProblemCode } from './problem.ts';
import { toProblem } from './to-problem.ts';

const TAG = 'Proposals';
const MAX_BATCH = 200;

const ProposalAnswer = proposalViewSchema.clone().openapi('Proposal');
const touched = z.array(z.object({ appId: z.string(), table: z.string(), id: z.string() }));
const decided = { proposal: ProposalAnswer, records: touched };

// Kept as it is, not copied by a schema: the tool's own schema judges it, key by key.
const paramsObject = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .openapi({ type: 'object', description: 'Your version of the parameters, to run instead of the proposed ones' });

const decisionFields = {
  decision: z.enum(['approve', 'reject']),
  hash: z.string().max(128).optional().openapi({ description: 'As it came with the proposal: decide on exactly that' }),
  params: paramsObject.optional(),
  feedback: z.string().trim().max(4_000).optional(),
};
const PARAMS_ONLY_WITH_APPROVE = { path: ['params'], error: 'only go with the decision approve' };
const decisionBody = z.strictObject(decisionFields).refine(paramsFit, PARAMS_ONLY_WITH_APPROVE).openapi('Decision');
const batchEntry = z.strictObject({ id: anyId(), ...decisionFields }).refine(paramsFit, PARAMS_ONLY_WITH_APPROVE);

const DECISION_PROBLEMS = [
  'proposal_not_found',
  'proposal_already_decided',
  'proposal_superseded',
  'proposal_expired',
  'proposal_changed',
  'tool_denied',
  'invalid_params',
  'effect_refused',
] as const satisfies (DecisionRefusal & ProblemCode)[];

export function proposalRoutes(app: App, deps: AppDeps): void {
  const { db, clock, registry } = deps;

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/proposals',
      tag: TAG,
      summary: 'List proposals, newest first',
      query: z.strictObject({
        status: z.enum(PROPOSAL_STATUSES).optional(),
        module: anyId().optional(),
        missionId: anyId().optional(),
        limit: pageSize(200, 50),
        before: cursor(),
      }),
      responses: {
        200: {
          description: 'A page of proposals',
          schema: z.object({ proposals: z.array(ProposalAnswer), nextCursor: z.string().nullable() }),
        },
      },
    },
    async (c, { userId, query: { limit, before, ...filter } }) =>
      c.json(await withUser(db, userId, (tx) => listProposals(tx, filter, { limit, before, now: clock.now() }))),
  );

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/proposals/{id}',
      tag: TAG,
      summary: 'Read a proposal',
      params: z.object({ id: anyId() }),
      responses: { 200: { description: 'The proposal', schema: ProposalAnswer } },
      problems: ['proposal_not_found'],
    },
    async (c, { userId, params: { id } }) => {
      const proposal = await withUser(db, userId, (tx) => readProposal(tx, id, clock.now()));
      if (!proposal) throw new Problem('proposal_not_found', 'there is no such proposal');
      return c.json(proposal);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/api/proposals/{id}/decision',
      tag: TAG,
      summary: 'Approve or reject a proposal, once and for all',
      description:
        'An approval makes the proposed changes in the same transaction. Of two decisions the second is refused.',
      params: z.object({ id: anyId() }),
      body: decisionBody,
      responses: { 200: { description: 'It is decided; the records that it changed', schema: z.object(decided) } },
      problems: [...DECISION_PROBLEMS],
    },
    async (c, { userId, params: { id }, body }) => c.json(await decide(userId, id, body)),
  );

  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/api/proposals/decisions',
      tag: TAG,
      summary: 'Decide many proposals, in order',
      description: 'Each decision stands for itself: one that is refused does not stop those after it.',
      body: z.strictObject({ decisions: z.array(batchEntry).min(1).max(MAX_BATCH) }),
      responses: {
        200: {
          description: 'What became of each, in the order given',
          schema: z.object({
            results: z.array(
              z.union([
                z.object({ id: z.string(), ok: z.literal(true), ...decided }),
                z.looseObject({
                  id: z.string(),
                  ok: z.literal(false),
                  status: z.number(),
                  code: z.string(),
                  detail: z.string(),
                }),
              ]),
            ),
          }),
        },
      },
      // It is told of each decision, as its own outcome.
      never: ['database_unavailable', 'disk_full'],
    },
    async (c, { userId, body: { decisions } }) => {
      const results: unknown[] = [];
      for (const { id, ...decision } of decisions) {
        try {
          results.push({ id, ok: true, ...(await decide(userId, id, decision)) });
        } catch (error) {
          // Those before it stand already, so even an unexpected failure is told of this one alone.
          const problem = toProblem(error, clock.now());
          if (problem.status >= 500)
            deps.log.error({ requestId: c.get('requestId'), failure: describeError(error) }, problem.code);
          const { type, title, ...refusal } = problem.toJSON();
          results.push({ id, ok: false, ...refusal });
        }
      }
      return c.json({ results });
    },
  );

  /** Decides in a transaction of its own; throws a Problem when it is refused. */
  async function decide(
    userId: string,
    id: string,
    given: Decision,
  ): Promise<{ proposal: ProposalView; records: TouchedRecord[] }> {
    const decision: Decision = { ...given, feedback: given.feedback || undefined };
    const made = await withUser(db, userId, async (tx) => {
      const now = clock.now();
      const outcome = await decideProposal(tx, { registry, userId, now }, id, decision);
      const proposal = await readProposal(tx, id, now);
      reachMilestone('decision_before_commit');
      if (outcome.ok && proposal) return { proposal, records: outcome.records };
      if (outcome.ok || !proposal) throw new Problem('proposal_not_found', 'there is no such proposal');
      throw new Problem(outcome.reason, outcome.message, {
        errors: outcome.issues ?? [],
        extras: {
          proposal: proposal as Json & ProposalView,
          ...(outcome.reason === 'proposal_already_decided' ? { decision: winningDecision(proposal) } : {}),
        },
      });
    });
    reachMilestone('decision_committed');
    return made;
  }
}

function winningDecision({ status, decidedAt, decidedBy, feedback, decidedParams }: ProposalView): Json {
  const decision = { status, decidedAt, decidedBy, feedback, params: decidedParams as JsonObject | undefined };
  return Object.fromEntries(Object.entries(decision).filter(([, value]) => value !== undefined)) as JsonObject;
}

function paramsFit({ decision, params }: { decision: 'approve' | 'reject'; params?: JsonObject | undefined }): boolean {
  return params === undefined || decision === 'approve';
}
