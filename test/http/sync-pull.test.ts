import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Actor, USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import type { WireChange } from '../../src/core/sync/wire.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { history } from '../core/log/histories.ts';
import { asSuperuser } from '../log/as-superuser.ts';
import { newUser, onBothEngines, type TestEngine } from '../support/engines.ts';
import { recordsFolded, recordsHeld, type SyncClient, syncApp, syncClient } from './sync-app.ts';

const T1 = '2026-03-01T10:00:00.000Z';

function change(recordId: string, over: Partial<Change> = {}): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title: recordId }, actor: USER, ...over };
}

async function epochOf(engine: TestEngine): Promise<string> {
  const [row] = await engine.db.run<{ epoch: string }>(userSession('anyone'), sql`select current_epoch() as epoch`);
  return row!.epoch;
}

/** Pulls until there is no more, with pages of the sizes given in turn. */
async function pullAll(client: SyncClient, sizes: number[], query = ''): Promise<WireChange[]> {
  const changes: WireChange[] = [];
  let since = '0';
  for (let turn = 0; ; turn++) {
    const { status, body } = await client.pull(`?since=${since}&limit=${sizes[turn % sizes.length]}${query}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    changes.push(...body.serverChanges);
    since = body.syncedUntil;
    if (!body.hasMore) return changes;
  }
}

const idsIn = (body: { serverChanges: WireChange[] }) => body.serverChanges.map(({ id }) => id);

onBothEngines((engine) => {
  let user: string;
  let client: SyncClient;
  let epoch: string;
  beforeEach(async () => {
    user = newUser();
    client = syncClient(syncApp(engine().db), user, 'c1');
    epoch = await epochOf(engine());
  });
  const append = (...changes: Change[]) => withUser(engine().db, user, (tx) => appendChanges(tx, user, changes));

  describe('the whole log', () => {
    const pull = (query = '', headers?: Record<string, string>) =>
      syncClient(syncApp(engine().db), user, 'c1', null).pull(query, headers);

    test('is one sequence over all applications, with one cursor', async () => {
      await append(
        change('t1'),
        change('n1', { appId: 'notes', tableName: 'notes' }),
        change('x1', { appId: 'app-of-nobody', tableName: 'things' }),
        change('t2', { clientId: 'c1' }),
      );
      const first = await pull('?limit=2');
      const keys = ({ serverChanges }: { serverChanges: WireChange[] }) =>
        serverChanges.map(({ position, appId, table, id }) => `${position} ${appId}/${table}/${id}`);
      expect(keys(first.body)).toEqual(['1 todo/tasks/t1', '2 notes/notes/n1']);
      expect(first.body).toMatchObject({ hasMore: true, syncedUntil: `${epoch}.2` });
      const rest = await pull(`?since=${first.body.syncedUntil}`);
      expect(keys(rest.body)).toEqual(['3 app-of-nobody/things/x1']);
      expect(rest.body).toMatchObject({ hasMore: false, syncedUntil: `${epoch}.4` });
      expect(keys((await pull(`?since=${first.body.syncedUntil}`, {})).body)).toHaveLength(2);
    });

    test('can be narrowed to some applications, and its cursor passes what is left out', async () => {
      await append(change('t1'), change('n1', { appId: 'notes', tableName: 'notes' }), change('t2'));
      const { body } = await pull('?apps=notes,places');
      expect(idsIn(body)).toEqual(['n1']);
      expect(body.syncedUntil).toBe(`${epoch}.3`);
      expect(await pull('?apps=no%20app')).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path: 'apps.0' }] },
      });
      expect(await pull('?collection=tasks')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      expect(await pull(`?since=${epoch}.9`)).toMatchObject({ status: 400, body: { code: 'cursor_ahead' } });
    });
  });

  describe('a page', () => {
    test('of an empty log is empty, and its cursor is the start', async () => {
      const nothing = { serverChanges: [], syncedUntil: `${epoch}.0`, hasMore: false };
      for (const query of ['', '?since=', '?since=0', `?since=${epoch}.0`, '?since=2000-01-01T00:00:00Z']) {
        expect(await client.pull(query)).toEqual({ status: 200, body: nothing });
      }
    });

    test('shows all that the merge needs, and who made it', async () => {
      const actor: Actor = { kind: 'ai', missionId: 'm', iterationId: 'i', proposalId: 'p', rationale: 'why' };
      await append(
        change('t1', { id: 'e1', fieldTimestamps: { title: T1 }, clientId: 'phone', actor }),
        change('t1', { op: 'delete', data: { deletedAt: T1 } }),
      );
      const { body } = await client.pull();
      expect(body.serverChanges).toEqual([
        {
          eventId: 'e1',
          appId: 'todo',
          table: 'tasks',
          id: 't1',
          op: 'insert',
          fields: { title: { value: 't1', updatedAt: T1 }, deletedAt: { value: null, updatedAt: T1 } },
          data: { title: 't1' },
          schemaVersion: 1,
          actor,
          clientId: 'phone',
          position: 1,
          createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        },
        expect.objectContaining({ op: 'delete', deletedAt: T1, clientId: 'server', position: 2 }),
      ]);
      expect(body).toMatchObject({ syncedUntil: `${epoch}.2`, hasMore: false });
    });

    test('says exactly whether there is more', async () => {
      await append(change('a'), change('b'), change('c'));
      expect((await client.pull('?limit=2')).body).toMatchObject({ syncedUntil: `${epoch}.2`, hasMore: true });
      expect((await client.pull('?limit=3')).body).toMatchObject({ syncedUntil: `${epoch}.3`, hasMore: false });
      expect((await client.pull(`?since=${epoch}.2&limit=1`)).body).toMatchObject({
        serverChanges: [{ id: 'c' }],
        syncedUntil: `${epoch}.3`,
        hasMore: false,
      });
      expect((await client.pull(`?since=${epoch}.3`)).body).toMatchObject({ serverChanges: [], hasMore: false });
    });

    test('passes what is not for this client, so that it is not scanned again', async () => {
      await append(
        change('mine', { clientId: 'c1' }),
        change('elsewhere', { appId: 'notes', tableName: 'notes' }),
        change('of another table', { tableName: 'labels' }),
        change('seen'),
        change('mine too', { clientId: 'c1' }),
      );
      const { body } = await client.pull('?collection=tasks');
      expect(idsIn(body)).toEqual(['seen']);
      expect(body).toMatchObject({ syncedUntil: `${epoch}.5`, hasMore: false });
      expect(idsIn((await client.pull('?limit=1')).body)).toEqual(['of another table']);
      expect(idsIn((await client.pull('', {})).body)).toEqual(['mine', 'of another table', 'seen', 'mine too']);
      expect((await client.pull('?collection=nothing')).body).toMatchObject({
        serverChanges: [],
        syncedUntil: `${epoch}.5`,
      });
    });

    test('ends early where the values are large, but holds one change at least', async () => {
      const large = 'x'.repeat(5 * 1024 * 1024);
      await append(
        change('a', { data: { large } }),
        change('b', { data: { large } }),
        change('c', { data: { large } }),
      );
      const first = await client.pull();
      expect(idsIn(first.body)).toEqual(['a', 'b']);
      expect(first.body).toMatchObject({ syncedUntil: `${epoch}.2`, hasMore: true });
      const last = await client.pull(`?since=${first.body.syncedUntil}`);
      expect(idsIn(last.body)).toEqual(['c']);
      expect(last.body.hasMore).toBe(false);
    });
  });

  describe('since', () => {
    test('may be a time: from the first change of then on', async () => {
      await append(change('a'));
      const { createdAt } = (await client.pull()).body.serverChanges[0];
      await append(change('b'));
      expect(idsIn((await client.pull(`?since=${createdAt}`)).body)).toEqual(['a', 'b']);
      const later = await client.pull('?since=2999-01-01T00:00:00%2B02:00');
      expect(later.body).toEqual({ serverChanges: [], syncedUntil: `${epoch}.2`, hasMore: false });
      expect(idsIn((await client.pull('?since=2000-01-01T00:00:00Z&limit=1')).body)).toEqual(['a']);
    });

    test.each(['yesterday', '5', '0123456789', '2026-02-30T10:00:00Z', '0123456789.x', '-1'])(
      '%s is refused as no cursor',
      async (since) => {
        const { status, body } = await client.pull(`?since=${since}`);
        expect({ status, code: body.code, errors: body.errors }).toMatchObject({
          status: 400,
          code: 'invalid_cursor',
          errors: [{ path: 'since' }],
        });
      },
    );

    test('of another log, or beyond the end of this one, is refused with the way to re-sync', async () => {
      await append(change('a'));
      for (const since of ['0123456789.0', '0123456789.1', `${epoch}.2`]) {
        const { status, body } = await client.pull(`?since=${since}`);
        expect({ status, code: body.code, resync: body.resync }).toEqual({
          status: 400,
          code: 'cursor_ahead',
          resync: { since: '0' },
        });
        expect(body.detail).toMatch(/since=0.*push it again/);
      }
      expect((await client.pull('?since=0')).status).toBe(200);
    });
  });

  test.each([
    ['?limit=0', 'limit'],
    ['?limit=5001', 'limit'],
    ['?limit=x', 'limit'],
    ['?collection=a%20b', 'collection'],
    ['?colection=tasks', 'colection'],
  ])('%s is refused', async (query, path) => {
    expect(await client.pull(query)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });

  test('a client id that no push could bear is refused', async () => {
    expect(await client.pull('', { 'X-Client-Id': 'a b' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'X-Client-Id' }] },
    });
  });

  test('nobody sees what is another user’s', async () => {
    await append(change('a'));
    const other = syncClient(syncApp(engine().db), newUser(), 'c1');
    expect((await other.pull('', {})).body).toEqual({ serverChanges: [], syncedUntil: `${epoch}.0`, hasMore: false });
    expect((await other.pull(`?since=${epoch}.1`, {})).body.code).toBe('cursor_ahead');
  });

  test('a replica that folds what it pulls ends in the same bytes as the records', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (changes, sizes) => {
          user = newUser();
          await append(...changes.map((each) => ({ ...each, actor: USER })));
          for (const appId of ['todo', 'ai']) {
            const replica = syncClient(syncApp(engine().db), user, 'nobody', appId);
            const pulled = await pullAll(replica, sizes);
            expect(recordsFolded(pulled)).toBe(await recordsHeld(engine().db, user, appId));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('after renew_epoch every cursor of before is refused, and those from then on hold', async () => {
    await append(change('a'));
    const before = (await client.pull()).body.syncedUntil;
    const superuser = await asSuperuser(engine());
    await superuser.query(sql`select renew_epoch()`);
    await superuser.close();
    expect((await client.pull(`?since=${before}`)).body).toMatchObject({
      code: 'cursor_ahead',
      resync: { since: '0' },
    });
    const again = (await client.pull('?since=0')).body;
    expect(idsIn(again)).toEqual(['a']);
    expect(again.syncedUntil).not.toBe(before);
    expect((await client.pull(`?since=${again.syncedUntil}`)).status).toBe(200);
  });
});
