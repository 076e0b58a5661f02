// The client library against the service, over HTTP.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Client,
  CursorAheadError,
  createClient,
  type PushedChange,
  type StreamBatch,
  SyncError,
} from '../../src/client/index.ts';
import { userSession } from '../../src/database/database.ts';
import { readLog, recordsFolded, recordsHeld } from '../http/sync-app.ts';
import { asSuperuser } from '../log/as-superuser.ts';
import { newUser } from '../support/engines.ts';
import { type SyncServerOn, startSyncServerOn } from '../support/sync-server.ts';

const task = (id: string, over: Partial<PushedChange> = {}): PushedChange => ({
  ...{ eventId: `event-${id}`, table: 'tasks', id, op: 'insert', data: { title: id } },
  ...over,
});

for (const kind of ['pglite', 'postgres'] as const) {
  describe(kind, () => {
    let server: SyncServerOn;
    let user: string;
    let phone: Client;
    let laptop: Client;
    beforeAll(async () => {
      server = await startSyncServerOn(kind);
    });
    afterAll(() => server?.close());
    beforeEach(() => {
      user = newUser();
      phone = clientNamed('phone');
      laptop = clientNamed('laptop');
    });
    const clientNamed = (clientId: string, appId: string | null = 'todo') =>
      createClient({ baseUrl: `${server.url}/`, appId, clientId, token: async () => user });
    async function renewEpoch() {
      const superuser = await asSuperuser(server.engine);
      await superuser.query(sql`select renew_epoch()`);
      await superuser.close();
    }

    test('pushes and pulls, by pages, collections and cursors, without its own changes', async () => {
      const pushed = await phone.push([task('a'), task('b'), task('c', { table: 'labels' })]);
      expect(pushed).toMatchObject({ serverChanges: [], conflicts: [], hasMore: false });
      expect(await phone.pull()).toEqual({ serverChanges: [], syncedUntil: pushed.syncedUntil, hasMore: false });
      const first = await laptop.pull({ limit: 1, collection: 'tasks' });
      expect(first).toMatchObject({ serverChanges: [{ id: 'a' }], hasMore: true });
      const rest = await laptop.pull({ since: first.syncedUntil, collection: 'tasks' });
      expect(rest).toMatchObject({ serverChanges: [{ id: 'b' }], hasMore: false });
      const answer = await laptop.push([task('d')], rest.syncedUntil);
      expect(answer.serverChanges).toEqual([]);
      expect((await phone.pull({ since: pushed.syncedUntil })).serverChanges).toMatchObject([{ id: 'd' }]);
    });

    test('without an appId it reads all applications by one cursor, and pushes nothing', async () => {
      const everything = clientNamed('tablet', null);
      await phone.push([task('a')]);
      await clientNamed('phone', 'notes').push([task('n', { table: 'notes' })]);
      const first = await everything.pull({ limit: 1 });
      expect(first.serverChanges).toMatchObject([{ appId: 'todo', id: 'a' }]);
      for await (const { changes, cursor } of everything.stream({ since: first.syncedUntil })) {
        expect(changes).toMatchObject([{ appId: 'notes', id: 'n' }]);
        expect(await everything.pull({ since: cursor })).toMatchObject({ serverChanges: [], hasMore: false });
        break;
      }
      await expect(everything.push([task('b')])).rejects.toThrow(/appId/);
    });

    test('follows a stream, from a cursor, until it has had enough', async () => {
      await phone.push([task('a'), task('b')]);
      const seen: string[] = [];
      let cursor = '0';
      for await (const batch of laptop.stream({ collections: ['tasks'] })) {
        seen.push(...batch.changes.map(({ id }) => id));
        cursor = batch.cursor;
        if (seen.length === 2) await phone.push([task('x', { table: 'labels' }), task('c')]);
        if (seen.length === 3) break;
      }
      expect(seen).toEqual(['a', 'b', 'c']);
      await expect.poll(() => server.hub.followers(), { timeout: 60_000 }).toBe(0);

      const stop = new AbortController();
      const later: StreamBatch[] = [];
      await phone.push([task('d')]);
      for await (const batch of laptop.stream({ since: cursor, signal: stop.signal })) {
        later.push(batch);
        stop.abort();
      }
      expect(later.flatMap(({ changes }) => changes.map(({ id }) => id))).toEqual(['d']);
      await expect.poll(() => server.hub.followers(), { timeout: 60_000 }).toBe(0);
    });

    test('a signal ends a stream that waits, without an error', async () => {
      const stop = new AbortController();
      const iterator = laptop.stream({ signal: stop.signal })[Symbol.asyncIterator]();
      const next = iterator.next();
      await expect.poll(() => server.hub.followers(), { timeout: 60_000 }).toBe(1);
      stop.abort();
      expect(await next).toEqual({ done: true, value: undefined });
      const never = laptop.stream({ signal: stop.signal })[Symbol.asyncIterator]();
      expect((await never.next()).done).toBe(true);
    });

    test('says what was wrong by code, status and path', async () => {
      const wrong = phone.push([task('a'), task('b', { op: 'upsert' as 'insert' })]);
      await expect(wrong).rejects.toBeInstanceOf(SyncError);
      await expect(wrong).rejects.toMatchObject({
        name: 'SyncError',
        code: 'invalid_request',
        status: 400,
        retryAfterMs: null,
        problem: { errors: [{ path: 'changes.1.op' }] },
      });
      const nobody = createClient({ baseUrl: server.url, appId: 'todo', clientId: 'x' });
      await expect(nobody.pull()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
      await expect(nobody.stream()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unauthenticated' });
      const elsewhere = createClient({ baseUrl: `${server.url}/nowhere`, appId: 'todo', clientId: 'x' });
      await expect(elsewhere.pull()).rejects.toMatchObject({ code: 'not_found', status: 404 });
      const away = createClient({ baseUrl: 'http://127.0.0.1:1', appId: 'todo', clientId: 'x' });
      await expect(away.pull()).rejects.toMatchObject({ code: 'connection_failed', status: 0 });
    });

    test('a log that was set back: each way of reading says so, and the client begins anew without losing its outbox', async () => {
      await phone.push([task('a')]);
      const { cursor } = await laptop.syncOnce({ outbox: [task('b')] });
      const following = laptop.stream({ since: cursor })[Symbol.asyncIterator]();
      await renewEpoch();
      await phone.push([task('c')]);

      // The stream that was open: the service ends it, and its reconnect is refused.
      await expect(following.next()).rejects.toBeInstanceOf(CursorAheadError);
      await expect(laptop.pull({ since: cursor })).rejects.toMatchObject({ name: 'CursorAheadError', status: 400 });
      await expect(laptop.push([task('d')], cursor)).rejects.toBeInstanceOf(CursorAheadError);
      await expect(laptop.stream({ since: cursor })[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(
        CursorAheadError,
      );

      const outbox = [task('d'), task('e')];
      const again = await laptop.syncOnce({ outbox, since: cursor });
      expect(again.restarted).toBe(true);
      // Its own of before too: the replica begins anew.
      expect(again.changes.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
      expect((await readLog(server.db, user)).map(({ recordId }) => recordId)).toEqual(['a', 'b', 'c', 'd', 'e']);
      const after = await laptop.syncOnce({ outbox: [], since: again.cursor });
      expect(after).toMatchObject({ changes: [], conflicts: [], restarted: false });
    });

    test('syncs an outbox that is larger than a push, and pulls what is more than an answer', async () => {
      const many = Array.from({ length: 5_200 }, (_, i) => task(`p${i}`));
      await phone.syncOnce({ outbox: many });
      const outbox = [task('large-1'), task('large-2')].map((change) => ({
        ...change,
        data: { title: 'x', text: 'x'.repeat(2_000_000) },
      }));
      const { changes, conflicts, cursor, restarted } = await laptop.syncOnce({ outbox });
      expect({ conflicts, restarted }).toEqual({ conflicts: [], restarted: false });
      expect(changes.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
      // What was cut off in the middle is pushed again, and nothing is there twice.
      await laptop.syncOnce({ outbox: [...outbox, task('last')], since: cursor });
      const log = await readLog(server.db, user);
      expect(log).toHaveLength(5_203);

      const all = [];
      for await (const page of laptop.syncFromStart()) all.push(...page.changes);
      expect(recordsFolded(all)).toBe(await recordsHeld(server.db, user, 'todo'));
    });

    test('says which change of a large outbox was refused, and begins from the start with everything', async () => {
      const outbox = Array.from({ length: 5_002 }, (_, i) => task(`p${i}`));
      const wrong = { ...outbox[5_001]!, op: 'upsert' } as unknown as PushedChange;
      const refused = phone.syncOnce({ outbox: [...outbox.slice(0, 5_001), wrong] });
      await expect(refused).rejects.toMatchObject({
        ...{ code: 'invalid_request', status: 400, message: expect.stringContaining('changes.5001.op') },
        problem: { errors: [{ path: 'changes.5001.op' }] },
      });
      // Without a cursor a client has nothing, so its own changes are not left out.
      const { changes } = await phone.syncOnce({ outbox: [] });
      expect(changes).toHaveLength(5_000);
    });

    test('reports what lost', async () => {
      const early = { title: { value: 'early', updatedAt: '2026-01-01T00:00:00.000Z' } };
      const late = { title: { value: 'late', updatedAt: '2026-01-02T00:00:00.000Z' } };
      await phone.syncOnce({ outbox: [{ table: 'tasks', id: 't', op: 'insert', fields: late }] });
      const { conflicts } = await laptop.syncOnce({
        outbox: [{ table: 'tasks', id: 't', op: 'update', fields: early }],
      });
      expect(conflicts).toMatchObject([{ id: 't', field: 'title', winning: { value: 'late' } }]);
    });

    test('asks nothing of the person next door', async () => {
      await phone.push([task('mine')]);
      const other = createClient({
        baseUrl: server.url,
        appId: 'todo',
        clientId: 'phone',
        token: () => `${user}-other`,
      });
      expect((await other.syncOnce({ outbox: [] })).changes).toEqual([]);
      const [row] = await server.db.run<{ count: number }>(
        userSession(`${user}-other`),
        sql`select count(*)::int as count from sync_changes`,
      );
      expect(row?.count).toBe(0);
    });
  });
}
