// The stream over a real connection: what it sends, from where it resumes, and what is left when it is over.
import { connect } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { asSuperuser } from '../log/as-superuser.ts';
import { newUser } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import {
  openRawStream,
  pushTasks,
  type RawStream,
  type SyncServerOn,
  startSyncServerOn,
} from '../support/sync-server.ts';

const idsOf = (stream: RawStream) => stream.changes().map(({ id }) => id);
/** What a poll may take on a machine that is busy. */
const PATIENT = { timeout: 60_000 };
const names = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `t${from + i}`);

/** A fake clock whose timers of milliseconds run by themselves: announcements need no push from the test. */
function steppedClock(): FakeClock {
  const clock = fakeClock();
  return {
    ...clock,
    databaseNow: () => null,
    after(ms, callback) {
      if (ms >= 1_000) return clock.after(ms, callback);
      const soon = setImmediate(callback);
      return () => clearImmediate(soon);
    },
  };
}

for (const kind of ['pglite', 'postgres'] as const) {
  describe(kind, () => {
    let clock: FakeClock;
    let server: SyncServerOn;
    let user: string;
    beforeAll(async () => {
      clock = steppedClock();
      server = await startSyncServerOn(kind, clock);
    });
    afterAll(() => server?.close());
    beforeEach(async () => {
      user = newUser();
      await vi.waitUntil(() => followers() === 0, PATIENT);
    });
    const followers = () => server.hub.followers();
    const stream = (query = '', headers: Record<string, string> = {}) =>
      openRawStream(server.url, user, query, headers);
    const push = (ids: string[], clientId?: string) => pushTasks(server.url, user, ids, clientId ? { clientId } : {});
    const append = (...changes: Change[]) => withUser(server.db, user, (tx) => appendChanges(tx, user, changes));
    const task = (recordId: string, over: Partial<Change> = {}): Change => ({
      ...{ appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title: recordId }, actor: USER },
      ...over,
    });
    async function epoch() {
      const [row] = await server.db.run<{ epoch: string }>(userSession(user), sql`select current_epoch() as epoch`);
      return row!.epoch;
    }

    test('is an event stream that nobody keeps or holds back, and says when to come back', async () => {
      const following = await stream();
      expect(following.status).toBe(200);
      expect(Object.fromEntries(following.headers)).toMatchObject({
        'content-type': 'text/event-stream',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      });
      await following.until(({ text }) => text() === 'retry: 2000\n\n');
      following.close();
    });

    test('brings the backlog in pages, and then what comes, as it comes', async () => {
      await push(names(1, 1_200));
      const following = await stream();
      await following.until((s) => s.changes().length >= 1_200);
      expect(following.text().match(/^event: changes$/gm)).toHaveLength(3);
      expect(following.text().match(/"hasMore":(true|false)/g)).toEqual(
        [true, true, false].map((so) => `"hasMore":${so}`),
      );
      await push(['t1201']);
      await following.until((s) => s.changes().length >= 1_201);
      await push(names(1_202, 1_203));
      await following.until((s) => s.changes().length >= 1_203);
      expect(idsOf(following)).toEqual(names(1, 1_203));
      expect(following.changes().map(({ position }) => position)).toEqual(names(1, 1_203).map((_, i) => i + 1));
      expect(following.cursor()).toBe(`${await epoch()}.1203`);
      const last = following.text().trimEnd().split('\n').slice(-3);
      const { serverChanges: _, ...rest } = JSON.parse(last[2]!.slice('data: '.length));
      expect(last.slice(0, 2)).toEqual(['event: changes', `id: ${following.cursor()}`]);
      expect(rest).toEqual({ syncedUntil: following.cursor(), hasMore: false });
      following.close();
    });

    test('of the whole log brings every application, or those that are named, by one cursor', async () => {
      const whole = await openRawStream(server.url, user, '', {}, null);
      const named = await openRawStream(server.url, user, '?apps=notes,places', {}, null);
      await push(['t1']);
      await pushTasks(server.url, user, ['n1'], { appId: 'notes' });
      await whole.until((s) => s.changes().length >= 2);
      await named.until((s) => s.changes().length >= 1);
      expect(whole.changes().map(({ appId, id }) => `${appId}/${id}`)).toEqual(['todo/t1', 'notes/n1']);
      expect(idsOf(named)).toEqual(['n1']);
      expect([whole.cursor(), named.cursor()]).toEqual([`${await epoch()}.2`, `${await epoch()}.2`]);
      whole.close();
      named.close();
    });

    test('a page ends early where its values are large', async () => {
      const text = 'x'.repeat(700_000);
      await append(...names(1, 4).map((id) => task(id, { data: { title: id, text } })));
      const following = await stream();
      await following.until((s) => s.changes().length >= 4);
      expect(following.text().match(/^event: changes$/gm)).toHaveLength(2);
      following.close();
    });

    test('resumes at every event, by Last-Event-ID, which goes before since', async () => {
      await push(names(1, 1_001));
      const whole = await stream();
      await whole.until((s) => s.changes().length >= 1_001);
      for (const id of ['t1002', 't1003', 't1004']) {
        await push([id]);
        await whole.until((s) => idsOf(s).at(-1) === id);
      }
      whole.close();
      const events = whole.text().match(/^event: changes\nid: .*\ndata: .*\n\n/gm) ?? [];
      expect(events.length).toBe(6);
      for (const [index, event] of events.entries()) {
        const id = /^id: (.*)$/m.exec(event)?.[1] as string;
        const rest = events.slice(index + 1);
        for (const [query, headers] of [
          ['?since=0', { 'Last-Event-ID': id }],
          [`?since=${id}`, {}],
        ] as const) {
          const resumed = await stream(query, headers);
          const expected = rest.flatMap((text) => JSON.parse(/^data: (.*)$/m.exec(text)?.[1] as string).serverChanges);
          if (expected.length > 0) await resumed.until((s) => s.changes().length >= expected.length);
          // What was nothing stays nothing until something comes.
          await resumed.until((s) => s.text().startsWith('retry'));
          expect(resumed.changes()).toEqual(expected);
          resumed.close();
        }
      }
    });

    test('begins at a time', async () => {
      await push(['old']);
      const [row] = await server.db.run<{ at: Date }>(userSession(user), sql`select clock_timestamp() as at`);
      await expect
        .poll(
          async () =>
            (await server.db.run<{ at: Date }>(userSession(user), sql`select clock_timestamp() as at`))[0]!.at,
        )
        .not.toEqual(row!.at);
      await push(['new']);
      const following = await stream(`?since=${new Date(row!.at.getTime() + 1).toISOString()}`);
      await following.until((s) => s.changes().length > 0);
      expect(idsOf(following)).toEqual(['new']);
      following.close();
    });

    test('brings the collections that were asked for, of that application, of that person', async () => {
      await append(
        task('a'),
        task('b', { tableName: 'labels' }),
        task('c', { tableName: 'lists' }),
        task('d', { appId: 'notes', tableName: 'tasks' }),
      );
      const some = await stream('?collections=tasks,lists');
      const all = await stream('?collections=');
      await pushTasks(server.url, `${user}-other`, ['not-mine']);
      await append(task('e', { tableName: 'labels' }), task('f'));
      await some.until((s) => idsOf(s).includes('f'));
      await all.until((s) => idsOf(s).includes('f'));
      expect(idsOf(some)).toEqual(['a', 'c', 'f']);
      expect(idsOf(all)).toEqual(['a', 'b', 'c', 'e', 'f']);
      some.close();
      all.close();
    });

    test('leaves out the own changes of a client, named by header or query', async () => {
      await push(['a'], 'phone');
      await push(['b'], 'laptop');
      const byHeader = await stream('?clientId=other', { 'X-Client-Id': 'phone' });
      const byQuery = await stream('?clientId=phone');
      const laptop = await stream('', { 'X-Client-Id': 'laptop' });
      const everybody = await stream();
      await push(['c'], 'phone');
      await push(['d'], 'laptop');
      await push(['e'], 'tablet');
      for (const [following, ids] of [
        [byHeader, ['b', 'd', 'e']],
        [byQuery, ['b', 'd', 'e']],
        [laptop, ['a', 'c', 'e']],
        [everybody, ['a', 'b', 'c', 'd', 'e']],
      ] as const) {
        await following.until((s) => idsOf(s).includes('e'));
        expect(idsOf(following)).toEqual(ids);
        following.close();
      }
    });

    test('a heartbeat comes every 15 s; it moves the cursor past what was left out, and is no event', async () => {
      await push(['a'], 'phone');
      const following = await stream('', { 'X-Client-Id': 'phone' });
      await following.until(({ text }) => text() !== '');
      await expect.poll(followers, PATIENT).toBeGreaterThan(0);
      clock.advance(14_999);
      expect(following.text()).toBe('retry: 2000\n\n');
      await push(['b'], 'phone');
      clock.advance(1);
      const end = `${await epoch()}.2`;
      await following.until(({ text }) => text().includes(': heartbeat'));
      await vi.waitUntil(() => {
        if (following.cursor() !== end) clock.advance(15_000);
        return following.cursor() === end;
      }, PATIENT);
      expect(following.text()).toMatch(/^retry: 2000\n\n(: heartbeat\n(id: \S+\n)?\n)+$/);
      const before = following.text().length;
      clock.advance(15_000);
      await following.until(({ text }) => text().length > before);
      expect(following.text().slice(before)).toBe(': heartbeat\n\n');
      following.close();

      const resumed = await stream('', { 'X-Client-Id': 'phone', 'Last-Event-ID': following.cursor() as string });
      await push(['c'], 'laptop');
      await resumed.until((s) => s.changes().length > 0);
      expect(idsOf(resumed)).toEqual(['c']);
      resumed.close();
    });

    test('a change that nobody announced comes with the next heartbeat', async () => {
      const following = await stream();
      await following.until(({ text }) => text() !== '');
      const quiet = { role: 'app_user' as const, userId: user };
      await expect.poll(followers, PATIENT).toBeGreaterThan(0);
      // Past appendChanges, in a session whose trigger keeps quiet.
      await server.db.run(
        quiet,
        sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
            values (${user}, 'todo', 'tasks', 'silent', 'insert', '{"title":"x"}', '{"kind":"user"}')`,
      );
      clock.advance(15_000);
      await following.until((s) => s.changes().length > 0);
      expect(idsOf(following)).toEqual(['silent']);
      following.close();
    });

    describe('what is wrong is said before the first byte', () => {
      test.each([
        ['?since=yesterday', {}, 'invalid_cursor', 'since'],
        ['', { 'Last-Event-ID': 'x' }, 'invalid_cursor', 'Last-Event-ID'],
        ['?since=0123456789.7', {}, 'cursor_ahead', 'since'],
        ['?collections=a,b%20c', {}, 'invalid_request', 'collections.1'],
        ['?collections=a,', {}, 'invalid_request', 'collections.1'],
        [`?collections=${Array(101).fill('a').join()}`, {}, 'invalid_request', 'collections'],
        ['?clientId=', {}, 'invalid_request', 'clientId'],
        ['?clientId=server', {}, 'invalid_request', 'clientId'],
        ['', { 'X-Client-Id': 'server' }, 'invalid_request', 'X-Client-Id'],
        ['?limit=1', {}, 'invalid_request', 'limit'],
      ])('%s %j', async (query, headers, code, path) => {
        const refused = await stream(query, headers as Record<string, string>);
        expect(await refused.ended).toBe('end');
        expect(refused.status).toBe(400);
        expect(refused.headers.get('content-type')).toBe('application/problem+json');
        const problem = JSON.parse(refused.text());
        expect(problem).toMatchObject({ code, errors: [{ path }] });
        if (code === 'cursor_ahead') expect(problem.resync).toEqual({ since: '0' });
      });

      test('a cursor beyond the end', async () => {
        const refused = await stream(`?since=${await epoch()}.1`);
        await refused.ended;
        expect(JSON.parse(refused.text())).toMatchObject({ status: 400, code: 'cursor_ahead' });
      });

      test('nobody', async () => {
        const response = await fetch(`${server.url}/sync/todo/stream`);
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ code: 'unauthenticated' });
      });
    });

    test('a log that becomes another ends its streams, and refuses their cursors', async () => {
      await push(['a']);
      const following = await stream();
      await following.until((s) => s.changes().length > 0);
      const superuser = await asSuperuser(server.engine);
      await superuser.query(sql`select renew_epoch()`);
      await superuser.close();
      // Nobody is told: the heartbeat finds out.
      clock.advance(15_000);
      expect(await following.ended).toBe('end');
      const refused = await stream('', { 'Last-Event-ID': following.cursor() as string });
      await refused.ended;
      expect(JSON.parse(refused.text())).toMatchObject({ code: 'cursor_ahead' });
    });

    describe('when it is over', () => {
      test('a client that goes away leaves nothing behind, and neither does HEAD', async () => {
        const streams = await Promise.all(Array.from({ length: 20 }, () => stream()));
        await Promise.all(streams.map((one) => one.until(({ text }) => text() !== '')));
        await expect.poll(followers, PATIENT).toBeGreaterThanOrEqual(20);
        for (const one of streams) one.close();
        await expect.poll(followers, PATIENT).toBe(0);
        const head = await fetch(`${server.url}/sync/todo/stream`, {
          method: 'HEAD',
          headers: { Authorization: `Bearer ${user}` },
        });
        expect(head.status).toBe(200);
        expect(head.headers.get('content-type')).toBe('text/event-stream');
        expect(server.hub.followers()).toBe(0);
      });

      test('a reader who does not read is dropped, holds one page meanwhile, and resumes without a gap', async () => {
        const text = 'x'.repeat(20_000);
        const ids = names(1, 750);
        for (let i = 0; i < ids.length; i += 250) {
          await append(...ids.slice(i, i + 250).map((id) => task(id, { data: { title: id, text } })));
        }
        const { port } = new URL(server.url);
        const socket = connect(Number(port), '127.0.0.1');
        const request = ['GET /sync/todo/stream HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${user}`, '', ''];
        socket.write(request.join('\r\n'));
        socket.pause();
        await expect.poll(followers, PATIENT).toBe(1);
        // The buffers between here and there fill up first; the 30 s begin when nothing goes through any more.
        await expect
          .poll(
            () => {
              clock.advance(30_000);
              return server.hub.followers();
            },
            { timeout: 60_000 },
          )
          .toBe(0);
        expect(server.logged.join('')).toContain('its reader does not read');

        let received = '';
        socket.setEncoding('utf8').on('data', (part: string) => {
          received += part;
        });
        socket.on('error', () => {});
        const over = new Promise((resolve) => socket.once('close', resolve));
        socket.resume();
        await over;
        expect(received).not.toContain('t750');
        // What the buffers held may be lost with the connection: the last event that came whole is what counts.
        const cursor = [...received.matchAll(/^id: (\S+)\r?\n(?:data: .*\n\n)/gm)].at(-1)?.[1];
        const seen = cursor ? Number(cursor.split('.')[1]) : 0;
        const resumed = await stream('', cursor ? { 'Last-Event-ID': cursor } : {});
        await resumed.until((s) => s.changes().length >= ids.length - seen);
        expect(idsOf(resumed)).toEqual(ids.slice(seen));
        resumed.close();
        await expect.poll(followers, PATIENT).toBe(0);
      });

      test('a reader who reads stays, however long nothing comes', async () => {
        const following = await stream();
        await following.until(({ text }) => text() !== '');
        await expect.poll(followers, PATIENT).toBe(1);
        for (let beats = 1; beats <= 10; beats++) {
          clock.advance(15_000);
          await following.until(({ text }) => text().split(': heartbeat').length > beats);
        }
        await push(['still-there']);
        await following.until((s) => s.changes().length > 0);
        following.close();
      });
    });
  });
}
