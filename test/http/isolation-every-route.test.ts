// User B asks for what is A's, by A's own ids, over every operation that /openapi.json describes: a new one is covered by
// being there. B is given A's ids of every kind, and none of A's values: each of those holds the canary.
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Json } from '../../src/core/json.ts';
import type { PullAnswer } from '../../src/core/sync/wire.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { HEARTBEAT_MS } from '../../src/sync/change-hub.ts';
import { asSuperuser, type Superuser } from '../log/as-superuser.ts';
import { describedService } from '../support/described-service.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testRunner } from '../support/missions.ts';
import { type SyncServerOn, startSyncServerOn } from '../support/sync-server.ts';
import { type GeneratedRequest, type Material, requestTo } from './generate-requests.ts';
import {
  addressesIn,
  CANARY,
  canaryPlanner,
  materialOf,
  missionsOf,
  OF_A,
  writeCanaries,
} from './person-of-canaries.ts';

const seed = Number(process.env.SEED ?? 20_261_107);
const A = `${CANARY}-a`;
/** Beside each B there is one who asks the same by names that nobody has, and who must get the same answer. */
interface Pair {
  b: string;
  other: string;
}
const STRANGERS: Pair = { b: 'stranger', other: 'other-stranger' };
const NAMESAKES: Pair = { b: 'namesake', other: 'other-namesake' };
const OF_NOBODY = 'gamma';

/** How often each operation is asked at least, and how often at most until it shows what it can. */
const AT_LEAST = 6;
const AT_MOST = 300;

for (const kind of ['pglite', 'postgres'] as const) {
  describe(kind, () => {
    // Heartbeats come when they are wanted: what a stream sends at once has come before.
    const clock = fakeClock();
    let server: SyncServerOn;
    let superuser: Superuser;
    let runner: Runner;
    let prepared = 0;
    beforeAll(async () => {
      server = await startSyncServerOn(kind, clock);
      superuser = await asSuperuser(server.engine);
      runner = testRunner({ db: server.db, planner: canaryPlanner, clock: systemClock });
    });
    afterAll(async () => {
      await runner?.stop();
      await superuser?.close();
      await server?.close();
    });

    async function ask(userId: string, { method, path, headers, body }: GeneratedRequest): Promise<Answer> {
      const response = await server.app.request(path, {
        method,
        headers: { ...headers, Authorization: `Bearer ${userId}`, 'Content-Type': 'application/json' },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
      const isStream = response.headers.get('content-type') === 'text/event-stream';
      const text = isStream ? await readWhatIsThere(response) : await response.text();
      return { status: response.status, headers: JSON.stringify([...response.headers]), text };
    }

    /** Asks for what is to be accepted. */
    const as =
      (userId: string) =>
      async (method: string, path: string, body: Json = null): Promise<unknown> => {
        const { status, text } = await ask(userId, { method, path, headers: {}, body });
        expect(status, `${method} ${path} ${text}`).toBeLessThan(300);
        return text.startsWith('{') ? JSON.parse(text) : text;
      };

    async function readWhatIsThere(response: Response): Promise<string> {
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const decoder = new TextDecoder();
      let text = decoder.decode((await reader.read()).value);
      for (let asked = false; !text.includes(': heartbeat'); ) {
        const next = reader.read();
        if (!asked) {
          await vi.waitUntil(() => server.hub.followers() > 0, { timeout: 60_000, interval: 1 });
          clock.advance(HEARTBEAT_MS);
          asked = true;
        }
        const { done, value } = await next;
        if (done) throw new Error(`the stream ended with: ${text}`);
        text += decoder.decode(value);
      }
      await reader.cancel();
      return text;
    }

    /** All that any table holds of a user, as text. */
    async function everythingOf(userId: string): Promise<Record<string, string[]>> {
      const tables = await superuser.query<{ name: string }>(sql`
        select relname as name from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'user_id'
        where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by 1`);
      const held: Record<string, string[]> = {};
      for (const { name } of tables) {
        const rows = await superuser.query<{ row: string }>(
          sql`select held::text as "row" from ${sql.identifier(name)} held where user_id = ${userId} order by 1`,
        );
        held[name] = rows.map(({ row }) => row);
      }
      return held;
    }

    test('no request of B reads, changes or betrays anything of A', async () => {
      const ticket = await writeCanaries(as(A), () => runner.sweep());
      const material = await materialOf(A, ticket, as(A));
      expect(JSON.stringify(material).replaceAll(A, '')).not.toContain(CANARY);
      const before = await everythingOf(A);
      const filled = Object.entries(before).flatMap(([table, rows]) => (rows.length > 0 ? [table] : []));
      expect(filled).toEqual(expect.arrayContaining(['missions', 'model_calls', 'records', 'sync_changes']));

      const described = describedService(await (await server.app.request('/openapi.json')).json());
      const operations = described.operations
        .filter(({ needsUser }) => needsUser)
        .map((operation, i) => {
          const requests = (of: Material) => fc.sample(requestTo(operation, of), { numRuns: AT_MOST, seed: seed + i });
          return { name: `${operation.method} ${operation.path}`, requests };
        });
      // First a B who has nothing. What A gets by the same requests shows that there is something to be seen.
      const unseen: string[] = [];
      for (const { name, requests } of operations) {
        const reads = name.startsWith('GET ');
        let seen = false;
        const asked = requests(material);
        for (let n = 0; n < AT_LEAST || (reads && !seen && n < AT_MOST); n++) {
          const request = asked[n] as GeneratedRequest;
          await attack(STRANGERS, request);
          if (reads) seen ||= (await ask(A, request)).text.includes(CANARY);
        }
        if (reads && !seen) unseen.push(name);
      }
      expect(unseen).toEqual(['GET /api/policy']);

      // Then one who has data of those names too.
      const unanswered: string[] = [];
      for (const { name, requests } of operations) {
        await prepare();
        const asked = requests({ ...material, addresses: [...material.addresses, await addressesOf(NAMESAKES.b)] });
        let accepted = false;
        for (let n = 0; n < AT_LEAST || (!accepted && n < AT_MOST); n++) {
          accepted = (await attack(NAMESAKES, asked[n] as GeneratedRequest)).status < 300 || accepted;
        }
        if (!accepted) unanswered.push(name);
      }
      expect(unanswered).toEqual([]);
      await runner.sweep();

      expect(await everythingOf(A)).toEqual(before);
      // What the runner read to plan for B is here as well: model_calls holds it.
      for (const { b } of [STRANGERS, NAMESAKES]) expect(JSON.stringify(await everythingOf(b))).not.toContain(CANARY);
      expect(server.logged.join('')).not.toContain(CANARY);
    }, 300_000);

    /** Asks as B and as the other, whose answer would differ if it told what A has. */
    async function attack({ b, other }: Pair, request: GeneratedRequest): Promise<Answer> {
      const about = `SEED=${seed} ${JSON.stringify(request)}`;
      const answer = await ask(b, request);
      expect(answer.text, about).not.toContain(CANARY);
      expect(answer.headers, about).not.toContain(CANARY);
      expect(answer.status, about).toBeLessThan(500);
      const likewise = await ask(other, JSON.parse(JSON.stringify(request).replaceAll(OF_A, OF_NOBODY)));
      expect(outcomeOf(likewise), about).toEqual(outcomeOf(answer));
      return answer;
    }

    /** Gives the namesakes missions by their names: with proposals, and the first of them edited since. */
    async function prepare(): Promise<void> {
      prepared += 1;
      const both = [
        [NAMESAKES.b, OF_A],
        [NAMESAKES.other, OF_NOBODY],
      ] as const;
      for (const [user, name] of both) {
        await as(user)('PUT', '/api/policy', { create_task: 'propose' });
        await as(user)('POST', '/sync/ai', missionsOf(name, `of B, version ${prepared}`));
      }
      await runner.sweep();
      for (const [user, name] of both) {
        await as(user)('POST', '/sync/ai', missionsOf(name, `of B, version ${prepared}, edited`, 1));
      }
    }

    /** Where the newest of a user's is; but for ids that the service has drawn, since the other has others. */
    async function addressesOf(user: string): Promise<Record<string, string>[]> {
      const { serverChanges } = (await as(user)('GET', '/sync/pull?limit=5000')) as PullAnswer;
      return addressesIn(serverChanges.filter(({ id }) => id.startsWith(OF_A)).slice(-12));
    }

    test('a ticket opens one stream of its user, whoever brings it', async () => {
      const [ana, ben] = ['ticket-ana', 'ticket-ben'];
      for (const user of [ana, ben]) await as(user)('PUT', '/api/records/todo/tasks/t1', { title: `of ${user}` });
      for (const path of ['/sync/stream', '/sync/todo/stream']) {
        const { ticket } = (await as(ana)('POST', '/sync/ticket')) as { ticket: string };
        const bring = (user: string) =>
          ask(user, { method: 'GET', path: `${path}?ticket=${ticket}`, headers: {}, body: null });
        const opened = await bring(ben);
        expect(opened).toMatchObject({ status: 200, text: expect.stringContaining('of ticket-ana') });
        expect(opened.text).not.toContain('of ticket-ben');
        for (const user of [ana, ben]) expect((await bring(user)).status).toBe(401);
      }
    });
  });
}

interface Answer {
  status: number;
  headers: string;
  text: string;
}

function outcomeOf({ status, text }: Answer): object {
  return { status, code: /"code":"(\w+)"/.exec(text)?.[1] };
}
