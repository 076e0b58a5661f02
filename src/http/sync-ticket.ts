import { createHash, randomBytes } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { sql } from 'drizzle-orm';
import type { Authenticate } from '../auth/create-authenticator.ts';
import { userSession } from '../database/database.ts';
import type { App, AppDeps } from './app.ts';
import { userOperation } from './operation.ts';
import { SYNC_TAG } from './sync-pull.ts';

const LIFETIME_SECONDS = 30;

/** Must be registered before /sync/{appId}, which its path looks like. */
export function syncTicketRoute(app: App, deps: AppDeps): void {
  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/sync/ticket',
      tag: SYNC_TAG,
      summary: 'Get a ticket for one stream, for an EventSource, which cannot send a token',
      description: 'Use it once, within its lifetime: GET /sync/{appId}/stream?ticket=',
      responses: {
        200: {
          description: 'The ticket',
          schema: z.object({ ticket: z.string(), expiresInSeconds: z.literal(LIFETIME_SECONDS) }),
        },
      },
    },
    async (c, { userId }) => {
      const ticket = randomBytes(32).toString('base64url');
      const lifetime = sql`make_interval(secs => ${LIFETIME_SECONDS}::float8)`;
      const issue = sql`select issue_ticket(${hashOf(ticket)}, ${lifetime}, ${deps.clock.databaseNow()})`;
      await deps.db.run(userSession(userId), issue);
      return c.json({ ticket, expiresInSeconds: LIFETIME_SECONDS });
    },
  );
}

/** Whose request it is: of the ticket in the query where there is one, else as everywhere. */
export function byTicket({ db, clock, authenticate }: Pick<AppDeps, 'db' | 'clock' | 'authenticate'>): Authenticate {
  return async (request) => {
    const ticket = new URL(request.url).searchParams.get('ticket');
    if (ticket === null) return authenticate(request);
    // A HEAD opens no stream, and is not to use the ticket up.
    if (request.method !== 'GET') return { reason: 'invalid_token', detail: 'a ticket opens a stream with GET, once' };
    // Nobody yet: what the ticket is of.
    const [row] = /^[\w-]{43}$/.test(ticket)
      ? await db.run<{ userId: string | null }>(
          { role: 'app_user', userId: '' },
          sql`select redeem_ticket(${hashOf(ticket)}, ${clock.databaseNow()}) as "userId"`,
        )
      : [];
    return row?.userId ?? { reason: 'invalid_token', detail: REFUSED };
  };
}

const REFUSED = 'the ticket is unknown, used or older than 30 s; get a new one with POST /sync/ticket';

/** What is stored: whoever reads the table can open no stream with it. */
function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}
