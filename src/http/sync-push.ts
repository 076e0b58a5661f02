import { z } from '@hono/zod-openapi';
import { acceptPush } from '../core/sync/accept-push.ts';
import { appIdSchema, pushAnswerSchema, pushBodySchema } from '../core/sync/wire.ts';
import { type LogRefusal, type PushOutcome, pushChanges } from '../sync/push-changes.ts';
import type { App, AppDeps } from './app.ts';
import { userOperation } from './operation.ts';
import { invalidRequest, PROBLEM_STATUS, Problem, type ProblemCode } from './problem.ts';
import { cursorAhead, SYNC_TAG, sinceOf } from './sync-pull.ts';

const MAX_CHANGES = 5_000;

export function syncPushRoute(app: App, deps: AppDeps): void {
  const { db, registry, clock, metrics } = deps;

  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/sync/{appId}',
      tag: SYNC_TAG,
      summary: 'Push changes, and get what others changed meanwhile',
      description:
        'One transaction: all of the push or none. Give each change an eventId, and pushing it again changes nothing. ' +
        'A change of ai/aiProposals that sets the status to approved or rejected is a decision; one that lost is not ' +
        'written and stands in `conflicts`, as does each field that lost to a later write.',
      params: z.object({ appId: appIdSchema }),
      body: pushBodySchema,
      responses: { 200: { description: 'The push is in the log', schema: pushAnswerSchema } },
      problems: [
        'too_many_changes',
        'invalid_cursor',
        'cursor_ahead',
        'schema_version_unsupported',
        'actor_forbidden',
        'collection_is_server_owned',
        'field_is_server_owned',
        'nothing_to_change',
        'too_many_fields',
        'invalid_time',
        'time_in_future',
        'event_id_reused',
        'invalid_data',
      ],
    },
    async (c, { userId, params: { appId }, body }) => {
      if (body.changes.length > MAX_CHANGES) {
        throw new Problem('too_many_changes', `a push takes ${MAX_CHANGES} changes; push the rest after these`);
      }
      const since = sinceOf(body.since === null ? undefined : body.since?.toString());
      const accepted = acceptPush(registry, appId, body);
      if (!accepted.ok) {
        const { code, issues } = accepted;
        const problem = invalidRequest(issues);
        throw code === 'invalid_request' ? problem : new Problem(code, problem.message, { errors: issues });
      }
      const { entries, latest } = accepted;
      const push = { appId, clientId: body.clientId, since, entries, latest };
      const outcome = await pushChanges(db, { registry, userId, now: clock.now(), metrics }, push);
      if (!outcome.ok) throw toRefusal(outcome);
      return c.json(outcome.answer);
    },
  );
}

function toRefusal(outcome: Extract<PushOutcome, { ok: false }>): Problem {
  if (outcome.reason === 'cursor_ahead') return cursorAhead();
  if (outcome.reason === 'time_in_future') {
    const { path, serverTime } = outcome;
    const message = `lies in the future; the server's time is ${serverTime}: set the clock, or stamp by the server's`;
    return new Problem('time_in_future', `${path}: ${message}`, {
      errors: [{ path, message }],
      extras: { serverTime },
    });
  }
  const { code, column, message } = outcome.refusal;
  const path = `changes.${outcome.index}.${memberOf(outcome.refusal)}`;
  const said = message.startsWith(`${column}: `) ? message.slice(column.length + 2) : message;
  const known = Object.hasOwn(PROBLEM_STATUS, code) ? (code as ProblemCode) : 'invalid_data';
  return new Problem(known, `${path}: ${said}`, { errors: [{ path, message: said }] });
}

const MEMBERS: Record<string, string> = { id: 'eventId', record_id: 'id', table_name: 'table', client_id: 'clientId' };

/** What the log calls a column is a member of the pushed change under another name. */
function memberOf({ column }: LogRefusal): string {
  const stamped = /^field_timestamps\.(.+)$/s.exec(column);
  return stamped ? `fields.${stamped[1]}.updatedAt` : (MEMBERS[column] ?? column);
}
