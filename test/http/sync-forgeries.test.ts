// I23: whatever a push claims to be, it is logged as what it is: of this user, by the user, at the next position, now.
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { App } from '../../src/http/app.ts';
import { asSuperuser, type Superuser } from '../log/as-superuser.ts';
import { onBothEngines } from '../support/engines.ts';
import { write } from '../support/missions.ts';
import { syncApp } from './sync-app.ts';

const seed = Number(process.env.SEED ?? 20_261_123);
const FORGERIES = Number(process.env.FORGERIES ?? 10_000);
/** Postgres takes fewer: most are refused before any database is asked. */
const ON_POSTGRES = FORGERIES / 10;
const AT_ONCE = 100;

const word = fc.constantFrom('victim', 'system', 'ai', 'operator', 'user', '', 'm1', 'forger');
const kind = fc.constantFrom('system', 'ai', 'operator', 'admin', 'User', 'user ', 'USER', '', 'user\u200b', 'usеr');
/** None of these is `{"kind":"user"}`. */
const actor = fc.oneof(
  fc.record<JsonObject>(
    { kind, source: word, missionId: word, iterationId: word, proposalId: word, rationale: word },
    { requiredKeys: ['kind'] },
  ),
  fc.record({ kind: fc.constant('user'), userId: word }),
  fc.constantFrom(
    'system',
    null,
    [],
    {},
    7,
    true,
    [{ kind: 'user' }],
    { kind: ['user'] },
    { kind: null },
    { Kind: 'user' },
  ),
);
/** Members that the log has columns for, and that a push has not. */
const claims = fc.record(
  {
    position: fc.constantFrom(0, 1, -1, 10_000_000, '1'),
    createdAt: fc.constantFrom('2001-01-01T00:00:00Z', '2999-01-01T00:00:00Z'),
    created_at: fc.constant('2001-01-01T00:00:00Z'),
    userId: fc.constant('victim'),
    user_id: fc.constant('victim'),
    client_id: fc.constant('server'),
    clientId: fc.constant('server'),
    schema_version: fc.constant(99),
    source: fc.constant('server'),
    appId: fc.constant('ai'),
    app_id: fc.constant('ai'),
    field_timestamps: fc.constant({ title: '2999-01-01T00:00:00Z' }),
    hash: word,
    epoch: word,
  },
  { requiredKeys: [] },
);

async function push(app: App, changes: object[], headers: Record<string, string> = {}) {
  const response = await app.request('/sync/todo', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers, 'X-Test-User': 'forger' },
    body: JSON.stringify({ clientId: 'phone', userId: 'victim', actor: { kind: 'system' }, changes }),
  });
  return { status: response.status, body: (await response.json()) as { code?: string } };
}

onBothEngines((engine) => {
  test('no forged actor, user, position or time comes through', async () => {
    const app = syncApp(engine().db);
    const forgeries = engine().db.kind === 'pglite' ? FORGERIES : ON_POSTGRES;
    const superuser = await asSuperuser(engine());
    const begun = await superuser.query<{ now: Date }>(sql`select clock_timestamp() as now`);
    let made = 0;
    const change = () => ({
      eventId: `e${made}`,
      table: 'tasks',
      id: `t${made++}`,
      op: 'insert',
      data: { title: 't' },
    });

    // Half of them are refused, each alone.
    await fc.assert(
      fc.asyncProperty(actor, claims, async (actor, claims) => {
        const { status, body } = await push(app, [{ ...claims, ...change(), actor }]);
        expect([400, 403]).toContain(status);
        expect(['actor_forbidden', 'invalid_request']).toContain(body.code);
      }),
      { seed, numRuns: forgeries / 2 },
    );
    // What the other half claims is not listened to.
    const headers = {
      'X-User-Id': 'victim',
      'X-Actor': 'system',
      'X-Forwarded-User': 'victim',
      'X-Client-Id': 'server',
    };
    const accepted = forgeries / 2;
    for (const [i, claimed] of fc
      .sample(fc.array(claims, { minLength: AT_ONCE, maxLength: AT_ONCE }), {
        seed,
        numRuns: accepted / AT_ONCE,
      })
      .entries()) {
      const changes = claimed.map((claims) => ({ ...claims, ...change(), ...(i % 2 ? { actor: USER } : {}) }));
      expect((await push(app, changes, headers)).status).toBe(200);
    }

    const held = () => heldSince(superuser, begun[0]?.now as Date);
    const honest = {
      ...{ changes: accepted, first: 1, last: accepted },
      ...{ users: ['forger'], actors: ['{"kind": "user"}'], clients: ['phone'], apps: ['todo'], versions: [1] },
      ...{ areOfNow: true, areStampedNow: true },
    };
    expect(await held()).toEqual(honest);
    // Negative control: what the service itself writes as another is seen by the same look.
    const forged = { kind: 'system', source: 'rule' } as const;
    await write(engine().db, 'victim', {
      appId: 'todo',
      tableName: 'tasks',
      recordId: 't',
      op: 'insert',
      data: {},
      actor: forged,
    });
    expect(await held()).toMatchObject({
      users: ['forger', 'victim'],
      actors: [expect.stringContaining('rule'), '{"kind": "user"}'],
    });
    await superuser.close();
  }, 300_000);
});

/** What all logs hold together: this database has the forger's alone. */
async function heldSince(superuser: Superuser, begun: Date): Promise<unknown> {
  const [held] = await superuser.query(sql`
      select count(*)::int as changes, min(position)::int as first, max(position)::int as last,
             array_agg(distinct user_id) as users, array_agg(distinct actor::text) as actors,
             array_agg(distinct client_id) as clients, array_agg(distinct app_id) as apps,
             array_agg(distinct schema_version) as versions,
             min(created_at) >= ${begun.toISOString()}::timestamptz and max(created_at) <= clock_timestamp() as "areOfNow",
             bool_and(field_timestamps ->> 'title' < '2999') as "areStampedNow"
      from sync_changes`);
  return held;
}
