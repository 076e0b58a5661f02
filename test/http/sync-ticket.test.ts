import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asSuperuser } from '../log/as-superuser.ts';
import { newUser } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { openRawStream, pushTasks, type SyncServerOn, startSyncServerOn } from '../support/sync-server.ts';

for (const kind of ['pglite', 'postgres'] as const) {
  describe(kind, () => {
    const clock: FakeClock = fakeClock();
    let server: SyncServerOn;
    beforeAll(async () => {
      server = await startSyncServerOn(kind, clock);
    });
    afterAll(() => server?.close());

    async function ticketFor(user: string): Promise<string> {
      const response = await fetch(`${server.url}/sync/ticket`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${user}` },
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const body = await response.json();
      expect(body).toEqual({ ticket: expect.stringMatching(/^[\w-]{43}$/), expiresInSeconds: 30 });
      return (body as { ticket: string }).ticket;
    }

    /** As an EventSource asks: without a header of its own. */
    async function redeem(ticket: string, headers: Record<string, string> = {}) {
      const connection = new AbortController();
      const { signal } = connection;
      const response = await fetch(`${server.url}/sync/todo/stream?ticket=${ticket}`, { headers, signal });
      const body = response.ok ? null : await response.json();
      connection.abort();
      return { status: response.status, body, headers: response.headers };
    }

    test('opens one stream, of its user', async () => {
      const [ana, ben] = [newUser(), newUser()];
      await pushTasks(server.url, ana, ['of-ana']);
      await pushTasks(server.url, ben, ['of-ben']);
      const ticket = await ticketFor(ana);
      const response = await fetch(`${server.url}/sync/todo/stream?ticket=${ticket}&clientId=page`);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      let text = '';
      while (!text.includes('of-ana')) text += new TextDecoder().decode((await reader.read()).value);
      expect(text).not.toContain('of-ben');
      await reader.cancel();

      const again = await redeem(ticket);
      expect(again).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect(again.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    });

    test('is used once, however many use it at the same time', async () => {
      const ticket = await ticketFor(newUser());
      const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(ticket)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)]);
    });

    test('lasts 30 s', async () => {
      const [user, early, late] = [newUser(), newUser(), newUser()];
      const tickets = [await ticketFor(early), await ticketFor(late)] as const;
      clock.advance(29_999);
      expect(await redeem(tickets[0])).toMatchObject({ status: 200 });
      clock.advance(1);
      expect(await redeem(tickets[1])).toMatchObject({ status: 401 });
      expect(await redeem(await ticketFor(user))).toMatchObject({ status: 200 });
    });

    test.each(['', 'x', 'A'.repeat(43), "'; drop table stream_tickets; --", '%00'])('%j is none', async (wrong) => {
      // Not even with a token that counts: what was asked for is the ticket.
      const headers = { Authorization: `Bearer ${newUser()}` };
      const refused = await redeem(wrong === '%00' ? wrong : encodeURIComponent(wrong), headers);
      expect(refused).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect(JSON.stringify(refused.body)).toContain('POST /sync/ticket');
    });

    test('is asked for by a user, and is for streams alone', async () => {
      expect((await fetch(`${server.url}/sync/ticket`, { method: 'POST' })).status).toBe(401);
      const ticket = await ticketFor(newUser());
      const pull = await fetch(`${server.url}/sync/todo/pull?ticket=${ticket}`);
      expect(pull.status).toBe(401);
    });

    test('is stored as a hash, swept when it has run out, and out of reach for everyone', async () => {
      const user = newUser();
      const superuser = await asSuperuser(server.engine);
      const stored = () =>
        superuser.query<{ hash: string; userId: string }>(sql`
        select hash, user_id as "userId" from stream_tickets`);
      const ticket = await ticketFor(user);
      const rows = await stored();
      expect(rows.some(({ userId }) => userId === user)).toBe(true);
      expect(JSON.stringify(rows)).not.toContain(ticket);
      // They are other users': a caller that says it is later sweeps nothing.
      const next = newUser();
      clock.advance(30_000);
      await ticketFor(next);
      expect((await stored()).map(({ userId }) => userId)).toEqual(expect.arrayContaining([user, next]));
      await superuser.query(sql`update stream_tickets set expires_at = clock_timestamp() where user_id <> ${next}`);
      await ticketFor(next);
      expect(new Set((await stored()).map(({ userId }) => userId))).toEqual(new Set([next]));
      for (const statement of [
        sql`select 1 from stream_tickets`,
        sql`delete from stream_tickets`,
        sql`insert into stream_tickets (hash, user_id, expires_at) values ('x', ${next}, 'infinity')`,
      ]) {
        for (const session of [{ role: 'app_user', userId: next } as const, { role: 'app_runner' } as const]) {
          await expect(server.db.run(session, statement)).rejects.toMatchObject({ code: '42501' });
        }
      }
      await superuser.close();
    });

    test('is in no log', async () => {
      const ticket = await ticketFor(newUser());
      await redeem(ticket);
      await redeem(ticket);
      await redeem(`${ticket}x`);
      const following = await openRawStream(server.url, newUser(), `?since=${ticket}`);
      await following.ended;
      expect(server.logged.length).toBeGreaterThan(4);
      expect(server.logged.join('')).not.toContain(ticket);
    });
  });
}
