// An erasure that is killed at each table that it empties: of the user is either everything left or nothing, the erasure
// done again ends it, others notice nothing, and nothing of what the user wrote is left anywhere in the database.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { type Database, operatorSession, userSession } from '../../src/database/database.ts';
import { migratePglite, migratePostgres } from '../../src/database/migrate.ts';
import { StoreStoppedError } from '../../src/database/pglite/engine-errors.ts';
import { openStore } from '../../src/database/pglite/open-store.ts';
import { pgliteDatabase } from '../../src/database/pglite/pglite-database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { compile, sessionStatement } from '../../src/database/statement.ts';
import { countUserRows, eraseUser, renewSamples } from '../../src/log/erase-user.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { claimMissions, recordCall } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { everythingOf } from '../log/archive-world.ts';
import { planFor } from '../runner/write-back.ts';
import { CLI } from '../support/cli-process.ts';
import { AMPLE, write, writeMission } from '../support/missions.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { ask, hostsUrl, startMissionsServer } from './cluster.ts';

const TABLES = [
  ...['sync_changes', 'records', 'missions', 'plan_reads'],
  ...['model_calls', 'spending', 'stream_tickets', 'user_heads'],
];
const KILLS = ['the command', 'its session', 'its backend, and so the server'] as const;
/** In whatever the user writes, and in their name. */
const canaryOf = (table: string) => `canary-${table.replaceAll('_', '-')}`;

let server: PostgresServer;
let db: Database;
beforeAll(async () => {
  server = await startMissionsServer();
  await migratePostgres(hostsUrl(server));
  db = openPostgres({ connectionString: hostsUrl(server), poolSize: 5, onError: () => {} });
});
afterAll(async () => {
  await db?.close();
  await server?.stop();
});

test.each(TABLES)(
  'killed at %s',
  async (table) => {
    const canary = canaryOf(table);
    const [user, other] = [`${canary}-user`, `other-${table}`];
    await live(db, user, canary);
    await live(db, other, 'bystander');
    // As autovacuum does by itself: what the planner of queries knows of values is kept, too.
    await ask(server, 'analyze');
    expect(await wholeDatabase()).toContain(canary);
    const [before, others] = [await everythingOf(db, user), await everythingOf(db, other)];
    const rows = await countUserRows(db, user);
    expect(Object.entries(rows).filter(([, count]) => Number(count) === 0)).toEqual([]);

    for (const kill of KILLS) {
      await eraseAndKill(user, table, kill);
      await until(() => everythingOf(db, user).then(Boolean, () => false));
      expect(await everythingOf(db, user), kill).toEqual(before);
      expect(await countUserRows(db, user), kill).toEqual(rows);
      expect((await verify(db, user)).violations, kill).toEqual([]);
    }

    expect(await eraseUser(db, user)).toMatchObject(rows);
    await renewSamples(db);
    expect(Object.values(await countUserRows(db, user)).every((count) => count === 0)).toBe(true);
    expect(holding(await wholeDatabase(), canary)).toEqual([]);
    // Once more does no harm.
    await eraseUser(db, user);
    expect(await everythingOf(db, other)).toEqual(others);
    expect((await verify(db, other)).violations).toEqual([]);
  },
  120_000,
);

test('negative control: what is erased in two transactions is half there when it is killed between them', async () => {
  const user = 'halved';
  await live(db, user, 'halved');
  const before = await everythingOf(db, user);
  await ask(server, `delete from records where user_id = '${user}'`);
  expect(await everythingOf(db, user)).not.toEqual(before);
  expect((await verify(db, user)).violations).not.toEqual([]);
  expect(holding(await wholeDatabase(), 'halved')).toContain('public.sync_changes');
});

test('the embedded database killed before and at the commit: all of it, or nothing', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pg-missions-erasure-'));
  const directory = join(root, 'data');
  const user = 'canary-user';
  try {
    const first = await openStore(directory);
    await first.engine.alone((send) =>
      migratePglite({
        exec: (text) => send([{ text }]),
        query: async (text, values) => ({ rows: await send([{ text, values }]) }),
      }),
    );
    await first.close();
    for (const point of ['begun', 'erased', 'committed'] as const) {
      const store = await openStore(directory);
      const embedded = pgliteDatabase(store.engine, store.close);
      if (point === 'begun') await live(embedded, user, 'canary');
      const before = await everythingOf(embedded, user);
      const opening = compile(sessionStatement(operatorSession(user), false));
      const erasing = store.engine.alone(async (send) => {
        await send([{ text: 'begin' }, opening]);
        if (point !== 'begun') await send([{ text: 'select * from erase_user()' }]);
        if (point === 'committed') await send([{ text: 'commit' }]);
        // As kill -9 would: its thread is ended, and nothing more is written.
        store.engine.stop(new StoreStoppedError('killed'));
        await send([{ text: 'select 1' }]);
      });
      await expect(erasing).rejects.toThrow();
      await store.close();

      const again = await openStore(directory);
      const reopened = pgliteDatabase(again.engine, again.close);
      const left = await everythingOf(reopened, user);
      expect(left, point).toEqual(point === 'committed' ? { log: [], records: [], missions: [] } : before);
      expect((await verify(reopened, user)).violations).toEqual([]);
      await again.close();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 240_000);

const verify = (on: Database, user: string) =>
  verifyUser(on, user, { registry: defaultRegistry, checkInterrupt() {}, onChanges() {} });

const superuserUrl = () => server.adminUrl.replace(/\/postgres$/, '/missions');

/** A user who has rows in every table, each text of which holds the canary. */
async function live(on: Database, user: string, canary: string): Promise<void> {
  const task = { appId: canary, tableName: canary, op: 'insert', actor: USER, clientId: canary } as const;
  const tasks = Array.from({ length: 60 }, (_, n) => {
    return { ...task, id: `${canary} ${user} ${n}`, recordId: `${canary} ${n}`, data: { title: canary } };
  });
  await write(on, user, ...tasks);
  const inputs = [{ appId: canary, table: canary, id: `${canary} 1` }];
  const id = `${canary} mission`;
  await writeMission(on, user, id, { title: canary, objective: canary, inputs, replanOn: 'inputs' });
  const asked = { runner: 'x', limit: 1, leaseMs: 30_000, perUser: 10, now: null, budget: AMPLE };
  const [claim] = await claimMissions(on, asked);
  if (claim?.userId !== user) throw new Error('claimed another mission');
  const call = { model: canary, request: { canary }, response: { canary }, answer: canary };
  await recordCall(on, claim, { ...call, inputTokens: 1, outputTokens: 1, durationMs: 1 });
  const plan = planFor(claim);
  const reads = [{ appId: canary, table: canary, id: `${canary} 1`, fields: ['title'] }];
  const changes = plan.changes.map((change, index) =>
    index === 0 ? { ...change, data: { ...change.data, reads, sawPosition: claim.position } } : change,
  );
  await recordPlan(on, { ...plan, changes }, null);
  await on.run(userSession(user), sql`select issue_ticket(${`${canary} of ${user}`}, interval '1 hour')`);
}

/** Holds the erasure up at the table, kills it there, and lets go. */
async function eraseAndKill(user: string, table: string, kill: (typeof KILLS)[number]): Promise<void> {
  const holder = new pg.Client({ connectionString: superuserUrl() });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query('begin');
  await holder.query(`select 1 from ${table} where user_id = $1 for update`, [user]);
  const [node, program] = CLI;
  const command = spawn(node, [program, 'erase', '--user', user, '--confirm', user], {
    env: { ...process.env, DATABASE_URL: hostsUrl(server) },
    stdio: 'ignore',
  });
  const ended = once(command, 'exit');
  const held = `select pid from pg_stat_activity
    where wait_event_type = 'Lock' and query like '%erase_user%' and pid <> pg_backend_pid()`;
  let pid = 0;
  await until(async () => {
    pid = (await ask<{ pid: number }>(server, held))[0]?.pid ?? 0;
    return pid > 0;
  });
  if (kill === 'the command') command.kill('SIGKILL');
  else if (kill === 'its session') await ask(server, `select pg_terminate_backend(${pid})`);
  else process.kill(pid, 'SIGKILL');
  const [code] = await ended;
  expect(code).not.toBe(0);
  await holder.end().catch(() => {});
  // Whose client is gone learns of it when it is through.
  await until(() =>
    ask(server, `select 1 from pg_stat_activity where pid = ${pid}`).then(
      (left) => left.length === 0,
      () => false,
    ),
  );
}

/** More than any dump has: every row of every table, those of the catalog and of the statistics included. */
async function wholeDatabase(): Promise<string> {
  const client = new pg.Client({ connectionString: superuserUrl() });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', nspname, relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind in ('r', 'm', 'p') and nspname not like 'pg_temp%'`,
    );
    const parts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      parts.push([name, ...rows.map(({ row }) => row)].join('\n'));
    }
    return parts.join('\f');
  } finally {
    await client.end();
  }
}

/** The tables that hold a text. */
function holding(whole: string, text: string): string[] {
  return whole
    .split('\f')
    .filter((part) => part.includes(text))
    .map((part) => part.slice(0, part.indexOf('\n')));
}
