import { z } from '@hono/zod-openapi';
import { appIdSchema, clientIdSchema, tableSchema } from '../core/sync/wire.ts';
import { followLog } from '../sync/follow-log.ts';
import { createLogPages } from '../sync/log-pages.ts';
import type { App, AppContext, AppDeps } from './app.ts';
import { eventStream } from './event-stream.ts';
import { userOperation } from './operation.ts';
import { clientIdOf, cursorAhead, SYNC_TAG, sinceOf } from './sync-pull.ts';
import { byTicket } from './sync-ticket.ts';

const MAX_COLLECTIONS = 100;
const HEADERS = {
  'Content-Type': 'text/event-stream',
  // Compressing proxies hold events back until they have enough of them; nginx buffers answers unless told.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

export function syncStreamRoute(app: App, deps: AppDeps): void {
  const { db, hub, clock, log } = deps;
  const pages = createLogPages(db, hub);

  userOperation(
    app,
    { ...deps, authenticate: byTicket(deps) },
    {
      method: 'get',
      path: '/sync/{appId}/stream',
      tag: SYNC_TAG,
      summary: 'Get the changes since a cursor, and then each as it comes (server-sent events)',
      description:
        'Events are called `changes`; their `data` is what a pull answers, their `id` the cursor. An `id:` without data ' +
        'moves the cursor past what was left out. A comment comes every 15 s. Whoever is cut off comes back with the last ' +
        'id, in the header Last-Event-ID or as `since`, and misses nothing. With X-Client-Id, or `clientId` where headers ' +
        'cannot be sent, the changes of that client are left out.',
      params: z.object({ appId: appIdSchema }),
      query: z.strictObject({
        collections: z
          .string()
          .optional()
          .transform((text) => (text ? text.split(',') : undefined))
          .pipe(
            z
              .array(tableSchema)
              .max(MAX_COLLECTIONS, `must name at most ${MAX_COLLECTIONS}; leave it out for all of them`)
              .optional(),
          )
          .openapi({ type: 'string', description: 'Separated by commas; absent: all' }),
        since: z
          .string()
          .optional()
          .openapi({ description: 'A cursor; `0` or nothing: from the start; an ISO time: from then on' }),
        clientId: clientIdSchema.optional(),
        ticket: z.string().optional().openapi({ description: 'Of POST /sync/ticket, instead of a token' }),
      }),
      responses: {
        200: {
          description: 'Events, until either side ends it',
          schema: z.string(),
          mediaType: 'text/event-stream',
        },
      },
      problems: ['invalid_cursor', 'cursor_ahead'],
    },
    async (c, { userId, params: { appId }, query: { collections, since, clientId } }) => {
      const lastEventId = c.req.header('last-event-id');
      const from = lastEventId ? sinceOf(lastEventId, 'Last-Event-ID') : sinceOf(since);
      const toClientId = clientIdOf(c.req.raw) ?? clientId;
      const filter = { userId, appId, ...(collections ? { tables: collections } : {}) };
      // The first page is read before the answer begins, so that what is wrong is said by its status.
      const first = await pages.read(filter, from);
      if (!first) throw cursorAhead();
      if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS);
      const stream = followLog({ hub, pages, log, filter, clientId: toClientId, first });
      const requestId = c.get('requestId');
      const body = eventStream(stream, {
        clock,
        cut: cutOf(c),
        onDropped: () => log.info({ requestId }, 'a stream was dropped: its reader does not read'),
      });
      return c.body(body, 200, HEADERS);
    },
  );
}

/** Node's response, by which a connection can be cut although its reader does not read; null where there is none. */
function cutOf(c: AppContext): (() => void) | undefined {
  const { outgoing } = (c.env ?? {}) as { outgoing?: { destroy(): void } };
  return outgoing && (() => outgoing.destroy());
}
