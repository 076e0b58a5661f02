import { z } from '@hono/zod-openapi';
import { parseSince, type Since } from '../core/sync/cursor.ts';
import { appIdSchema, clientIdSchema, pullAnswerSchema, tableSchema } from '../core/sync/wire.ts';
import type { ChangeSource } from '../sync/change-source.ts';
import type { ChangesQuery } from '../sync/read-page.ts';
import type { App, AppContext, AppDeps } from './app.ts';
import { pageSize } from './inputs.ts';
import { userOperation } from './operation.ts';
import { invalidRequest, Problem } from './problem.ts';

export const SYNC_TAG = 'Sync';
const MAX_LIMIT = 5_000;
const DEFAULT_LIMIT = 1_000;
const MAX_NAMES = 100;

const GO_ON =
  'Go on with `since` = the `syncedUntil` of the answer; at once while `hasMore`. ' +
  'With the header X-Client-Id the changes of that client are left out.';

/** Names in a query, separated by commas. */
export const listOf = (name: z.ZodType<string, string>) =>
  z
    .string()
    .optional()
    .transform((text) => (text ? text.split(',') : undefined))
    .pipe(z.array(name).max(MAX_NAMES, `must name at most ${MAX_NAMES}; leave it out for all of them`).optional())
    .openapi({ type: 'string', description: 'Separated by commas; absent: all' });

export const appList = listOf(appIdSchema);
export const sinceText = z
  .string()
  .optional()
  .openapi({ description: 'A cursor; `0` or nothing: from the start; an ISO time: from then on' });

/** The whole log of a person, or a part of it; must be registered before /sync/{appId}. */
export function syncPullRoutes(app: App, deps: AppDeps, source: ChangeSource): void {
  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/sync/pull',
      tag: SYNC_TAG,
      summary: 'Get the changes of all applications since a cursor, in order',
      description: `One cursor for the whole log. ${GO_ON}`,
      query: z.strictObject({ apps: appList, since: sinceText, limit: pageSize(MAX_LIMIT, DEFAULT_LIMIT) }),
      responses: { 200: { description: 'A page of changes', schema: pullAnswerSchema } },
      problems: ['invalid_cursor', 'cursor_ahead'],
    },
    async (c, { userId, query: { apps, since, limit } }) =>
      pullPage(c, source, userId, { ...(apps ? { appIds: apps } : {}), since: sinceOf(since), limit }),
  );

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/sync/{appId}/pull',
      tag: SYNC_TAG,
      summary: 'Get the changes since a cursor, in order',
      description: GO_ON,
      params: z.object({ appId: appIdSchema }),
      query: z.strictObject({
        collection: tableSchema.optional(),
        since: sinceText,
        limit: pageSize(MAX_LIMIT, DEFAULT_LIMIT),
      }),
      responses: { 200: { description: 'A page of changes', schema: pullAnswerSchema } },
      problems: ['invalid_cursor', 'cursor_ahead'],
    },
    async (c, { userId, params: { appId }, query: { collection, since, limit } }) => {
      const ofTables = collection === undefined ? {} : { tables: [collection] };
      return pullPage(c, source, userId, { appIds: [appId], ...ofTables, since: sinceOf(since), limit });
    },
  );
}

async function pullPage(
  c: AppContext,
  source: ChangeSource,
  userId: string,
  query: Omit<ChangesQuery, 'exceptClientId'>,
): Promise<Response> {
  const page = await source.read(userId, { ...query, exceptClientId: clientIdOf(c.req.raw) });
  if (!page.ok) throw cursorAhead();
  const { changes, syncedUntil, hasMore } = page;
  const body = Buffer.concat([
    Buffer.from('{"serverChanges":['),
    changes.bytes(),
    Buffer.from(`],"syncedUntil":"${syncedUntil}","hasMore":${hasMore}}`),
  ]);
  return c.body(body, 200, { 'Content-Type': 'application/json' });
}

/** Where to read from; throws the Problem that says how to write it. */
export function sinceOf(text: string | undefined, path = 'since'): Since {
  const since = parseSince(text);
  if (since) return since;
  const message =
    'must be the syncedUntil of an earlier answer, 0, or a time such as 2026-03-01T12:00:00Z (write a + as %2B in a URL)';
  throw new Problem('invalid_cursor', `${path}: ${message}`, { errors: [{ path, message }] });
}

/** The client whose own changes are to be left out: the header X-Client-Id. */
export function clientIdOf(request: Request): string | undefined {
  const header = request.headers.get('x-client-id') || undefined;
  if (header === undefined) return undefined;
  const parsed = clientIdSchema.safeParse(header);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error.issues.map(({ message }) => ({ path: 'X-Client-Id', message })));
}

export function cursorAhead(): Problem {
  return new Problem(
    'cursor_ahead',
    'this log is not the one that the cursor is of, or has lost its end, as after a restore or a failover. ' +
      'Pull again from since=0, keep what you have not had acknowledged, and push it again: event ids make that safe',
    { errors: [{ path: 'since', message: 'is ahead of this log' }], extras: { resync: { since: '0' } } },
  );
}
