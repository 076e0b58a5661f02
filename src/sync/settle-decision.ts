import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import type { Registry } from '../core/modules/registry.ts';
import { canonicalAction, type Proposal } from '../core/proposals/proposal.ts';
import type { PushedDecision } from '../core/sync/read-decision.ts';
import type { DecisionConflict } from '../core/sync/wire.ts';
import type { Transaction } from '../database/database.ts';
import { readRecord } from '../database/read-records.ts';
import { type DecisionRefusal, decideProposal } from '../decisions/decide-proposal.ts';

/**
 * Makes a decision that a client pushed, effects included, like the REST route does. Null: it stands, be it from now or
 * from an earlier try of the same push. Otherwise nothing of it is written, and the answer says what holds instead.
 */
export async function settleDecision(
  tx: Transaction,
  deps: { registry: Registry; userId: string; now: Date },
  clientId: string,
  pushed: PushedDecision,
): Promise<DecisionConflict | null> {
  if (await isLogged(tx, deps.registry, clientId, pushed)) return null;
  const { proposalId, eventId, decision } = pushed;
  const outcome = await decideProposal(tx, deps, proposalId, { ...decision, eventId, clientId });
  if (outcome.ok) return null;
  return {
    table: 'aiProposals',
    id: proposalId,
    ...(eventId === undefined ? {} : { eventId }),
    reason: outcome.reason,
    message: outcome.message,
    decision: outcome.proposal ? winningDecision(outcome.proposal, outcome.reason) : null,
    ...(outcome.issues && outcome.issues.length > 0 ? { errors: outcome.issues } : {}),
  };
}

/** Whether the log has this very decision already. The same event id on anything else is refused. */
async function isLogged(
  tx: Transaction,
  registry: Registry,
  clientId: string,
  { proposalId, eventId, decision }: PushedDecision,
): Promise<boolean> {
  if (eventId === undefined) return false;
  const [logged] = await tx.query<LoggedDecision>(sql`
    select app_id as "appId", table_name as "tableName", record_id as "recordId", client_id as "clientId", data
    from sync_changes where user_id = current_user_id() and id = ${eventId}`);
  if (!logged) return false;
  const isSame =
    logged.appId === 'ai' &&
    logged.tableName === 'aiProposals' &&
    logged.recordId === proposalId &&
    logged.clientId === clientId &&
    logged.data.status === (decision.decision === 'approve' ? 'approved' : 'rejected') &&
    logged.data.feedback === decision.feedback &&
    (await haveSameParams(
      tx,
      registry,
      proposalId,
      decision.params,
      logged.data.decidedParams as JsonObject | undefined,
    ));
  if (!isSame) throw new EventIdReused();
  return true;
}

interface LoggedDecision {
  appId: string;
  tableName: string;
  recordId: string;
  clientId: string;
  data: JsonObject;
}

/** The log holds the parameters as the tool's schema completed them. */
async function haveSameParams(
  tx: Transaction,
  registry: Registry,
  proposalId: string,
  pushed: JsonObject | undefined,
  logged: JsonObject | undefined,
): Promise<boolean> {
  if (!pushed || !logged) return pushed === logged;
  const proposal = await readRecord(tx, 'ai', 'aiProposals', proposalId);
  const parsed = registry.tool(String(proposal?.data.toolName))?.parameters.safeParse(pushed);
  const completed = parsed?.success ? (parsed.data as JsonObject) : pushed;
  return canonicalAction('', completed) === canonicalAction('', logged);
}

/** What the log itself raises for a change: see db/functions/admit_change.sql. */
class EventIdReused extends Error {
  readonly code = 'PM001';
  readonly constraint = 'event_id_reused';
  readonly column = 'id';

  constructor() {
    super('id: the log has this event id already, with another content; give a new change a new id');
  }
}

/** How the proposal was decided, or why it can no longer be; null while it is open. */
function winningDecision(proposal: Proposal, reason: DecisionRefusal): DecisionConflict['decision'] {
  const { decidedAt, decidedBy, feedback, decidedParams: params } = proposal;
  const status = reason === 'proposal_expired' ? 'expired' : proposal.status;
  if (status === 'pending') return null;
  const known = Object.entries({ decidedAt, decidedBy, feedback, params }).filter(([, value]) => value !== undefined);
  return { status, ...Object.fromEntries(known) };
}
