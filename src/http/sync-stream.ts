import { z } from '@hono/zod-openapi';
import { appIdSchema, clientIdSchema, tableSchema } from '../core/sync/wire.ts';
import type { ChangeSource } from '../sync/change-source.ts';
import { followLog } from '../sync/follow-log.ts';
import { createLogPages, type LogFilter } from '../sync/log-pages.ts';
import type { App, AppContext, AppDeps } from './app.ts';
import { eventStream, type Outgoing } from './event-stream.ts';
import { type Operation, userOperation } from './operation.ts';
import { appList, clientIdOf, cursorAhead, listOf, SYNC_TAG, sinceOf, sinceText } from './sync-pull.ts';
import { byTicket } from './sync-ticket.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream',
  // Compressing proxies hold events back until they have enough of them; nginx buffers answers unless told.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** A ticket was bought with a token whose end it does not tell: its stream lasts so long at most. */
const TICKET_STREAM_MS = 3_600_000;

/** What both streams take beside their filter. */
const streamQuery = {
  since: sinceText,
  clientId: clientIdSchema.optional(),
  ticket: z.string().optional().openapi({ description: 'Of POST /sync/ticket, instead of a token' }),
};

const operation = {
  method: 'get',
  tag: SYNC_TAG,
  description:
    'Events are called `changes`; their `data` is what a pull answers, their `id` the cursor. An `id:` without data ' +
    'moves the cursor past what was left out. A comment comes every 15 s. Whoever is cut off comes back with the last ' +
    'id, in the header Last-Event-ID or as `since`, and misses nothing. A stream ends within a minute of its token, and one ' +
    'that was opened with a ticket after an hour. With X-Client-Id, or `clientId` where headers ' +
    'cannot be sent, the changes of that client are left out.',
  responses: {
    200: { description: 'Events, until either side ends it', schema: z.string(), mediaType: 'text/event-stream' },
  },
  problems: ['invalid_cursor', 'cursor_ahead'],
} satisfies Partial<Operation<z.ZodObject, z.ZodObject, z.ZodType>>;

/** The whole log of a person, or a part of it, as it grows; must be registered before /sync/{appId}. */
export function syncStreamRoutes(app: App, deps: AppDeps, source: ChangeSource): void {
  const { hub, clock, log } = deps;
  const pages = createLogPages(source, hub);
  const streaming = { ...deps, authenticate: byTicket(deps) };

  userOperation(
    app,
    streaming,
    {
      ...operation,
      path: '/sync/stream',
      summary: 'Get the changes of all applications since a cursor, and then each as it comes (server-sent events)',
      query: z.strictObject({ apps: appList, ...streamQuery }),
    },
    (c, { userId, query: { apps, ...query } }) => stream(c, { userId, ...(apps ? { appIds: apps } : {}) }, query),
  );

  userOperation(
    app,
    streaming,
    {
      ...operation,
      path: '/sync/{appId}/stream',
      summary: 'Get the changes since a cursor, and then each as it comes (server-sent events)',
      params: z.object({ appId: appIdSchema }),
      query: z.strictObject({ collections: listOf(tableSchema), ...streamQuery }),
    },
    (c, { userId, params: { appId }, query: { collections, ...query } }) =>
      stream(c, { userId, appIds: [appId], ...(collections ? { tables: collections } : {}) }, query),
  );

  async function stream(
    c: AppContext,
    filter: LogFilter,
    { since, clientId }: { since?: string | undefined; clientId?: string | undefined },
  ): Promise<Response> {
    const lastEventId = c.req.header('last-event-id');
    const from = lastEventId ? sinceOf(lastEventId, 'Last-Event-ID') : sinceOf(since);
    const toClientId = clientIdOf(c.req.raw) ?? clientId;
    // The first page is read before the answer begins, so that what is wrong is said by its status.
    const read = pages.of(filter);
    const first = await read(from);
    if (!first) throw cursorAhead();
    if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS);
    const followed = followLog({ hub, clock, log, userId: filter.userId, read, clientId: toClientId, first });
    // What a stream keeps for as long as it lasts: not the context, which is 1 to 2 kB.
    const requestId = c.get('requestId');
    const request = c.req.raw;
    const hasTicket = c.req.query('ticket') !== undefined;
    const openedAt = clock.now().getTime();
    const body = eventStream(followed, {
      clock,
      outgoing: outgoingOf(c),
      async mayGoOn() {
        if (hasTicket) return clock.now().getTime() - openedAt < TICKET_STREAM_MS;
        const now = await deps.authenticate(request);
        return now === filter.userId || (typeof now === 'object' && now?.reason === 'auth_unavailable');
      },
      onDropped: () => log.info({ requestId }, 'a stream was dropped: its reader does not read'),
    });
    return c.body(body, 200, HEADERS);
  }
}

/** Node's response; none where the app is called without a server. */
function outgoingOf(c: AppContext): Outgoing | undefined {
  return ((c.env ?? {}) as { outgoing?: Outgoing }).outgoing;
}
