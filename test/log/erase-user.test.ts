import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Change } from '../../src/core/log/change.ts';
import { operatorSession, RUNNER_SESSION, userSession, withUser } from '../../src/database/database.ts';
import { compile } from '../../src/database/statement.ts';
import { countUserRows, eraseUser } from '../../src/log/erase-user.ts';
import { claimMissions, recordCall } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { AMPLE, missionRow, write, writeMission } from '../support/missions.ts';
import { openRawStream, pushTasks, startSyncServerOn } from '../support/sync-server.ts';
import { everythingOf } from './archive-world.ts';
import { asSuperuser } from './as-superuser.ts';

const TABLES = [
  'sync_changes',
  'records',
  'missions',
  'model_calls',
  'plan_reads',
  'spending',
  'stream_tickets',
  'user_heads',
];
const CALL = { model: 'm', request: {}, response: {}, answer: 'a', inputTokens: 1, outputTokens: 1, durationMs: 1 };

onBothEngines((engine) => {
  test('removes one user whole, leaves every other as it was, and an audit that names nobody', async () => {
    const [user, other] = [newUser(), newUser()];
    for (const each of [user, other]) {
      await writeMission(engine().db, each, 'm1');
      await write(engine().db, each, task('t1'), task('t2'));
      await engine().db.run(userSession(each), sql`select issue_ticket(${`ticket of ${each}`}, interval '1 minute')`);
    }
    for (const held of await claim(2)) await recordCall(engine().db, held, CALL);
    const before = await everythingOf(engine().db, other);
    const counts = {
      sync_changes: 3,
      records: 3,
      missions: 1,
      plan_reads: 0,
      model_calls: 1,
      spending: 1,
      user_heads: 1,
    };
    expect(await countUserRows(engine().db, user)).toEqual(counts);

    expect(await eraseUser(engine().db, user)).toEqual({ ...counts, stream_tickets: 1 });

    expect(await everythingOf(engine().db, other)).toEqual(before);
    expect(await countUserRows(engine().db, other)).toEqual(counts);
    const superuser = await asSuperuser(engine());
    try {
      for (const table of TABLES) {
        expect(await superuser.query(sql`select 1 from ${sql.raw(table)} where user_id = ${user}`)).toEqual([]);
      }
      const audit = await superuser.query<{ changes: number | string; audit: string }>(
        sql`select changes, to_jsonb(e)::text as audit from erasures e
            where user_hash = encode(sha256(convert_to(${user}, 'UTF8')), 'hex')`,
      );
      expect(audit.map(({ changes }) => Number(changes))).toEqual([3]);
      expect(audit[0]?.audit).not.toContain(user);
    } finally {
      await superuser.close();
    }
  });

  test('nothing of the log can be deleted, changed or emptied by anybody without an audit', async () => {
    const user = newUser();
    await write(engine().db, user, task('t1'));
    const before = await everythingOf(engine().db, user);
    const doomed = sql`delete from sync_changes where user_id = ${user}`;
    for (const session of [userSession(user), RUNNER_SESSION, operatorSession(user)]) {
      for (const statement of [doomed, sql`update sync_changes set op = op`, sql`truncate sync_changes`]) {
        await expect(engine().db.run(session, statement)).rejects.toMatchObject({ code: '42501' });
      }
    }
    const superuser = await asSuperuser(engine());
    const refusal = { code: 'PM002', constraint: 'log_append_only' };
    try {
      for (const statement of [doomed, sql`update sync_changes set op = op`, sql`truncate sync_changes`]) {
        await expect(superuser.query(statement)).rejects.toMatchObject(refusal);
        await expect(
          superuser.query(
            sql`do ${sql.raw(quoted(`set local session_replication_role = replica; ${compiled(statement, user)}`))}`,
          ),
        ).rejects.toMatchObject(refusal);
        await expect(
          superuser.query(sql`do ${sql.raw(quoted(`set local role app_definer; ${compiled(doomed, user)}`))}`),
        ).rejects.toMatchObject(refusal);
      }
    } finally {
      await superuser.close();
    }
    // The login that owns the tables: the definer's rights are its to take, and even then it must leave an audit.
    await expect(
      engine().db.transaction(userSession(user), async (tx) => {
        await tx.query(sql`reset role`);
        await tx.query(doomed);
      }),
    ).rejects.toMatchObject(refusal);
    await expect(
      engine().db.transaction(userSession(user), async (tx) => {
        await tx.query(sql`set local role app_definer`);
        await tx.query(doomed);
      }),
    ).rejects.toMatchObject(refusal);
    expect(await everythingOf(engine().db, user)).toEqual(before);
  });

  test("another user's audit, and this user's of an earlier erasure, open nothing", async () => {
    const [user, other] = [newUser(), newUser()];
    await write(engine().db, user, task('t1'));
    await eraseUser(engine().db, user);
    await write(engine().db, user, task('t2'));
    await write(engine().db, other, task('t3'));
    const attempt = engine().db.transaction(operatorSession(other), async (tx) => {
      await tx.query(sql`select * from erase_user()`);
      await tx.query(sql`set local role app_definer`);
      await tx.query(sql`delete from sync_changes where user_id = ${user}`);
    });
    await expect(attempt).rejects.toMatchObject({ code: 'PM002' });
    expect(await countUserRows(engine().db, user)).toMatchObject({ sync_changes: 1 });
    expect(await countUserRows(engine().db, other)).toMatchObject({ sync_changes: 1 });
  });

  test('only the operator may erase, in the name of a user, and nobody becomes the operator within a function', async () => {
    const user = newUser();
    await write(engine().db, user, task('t1'));
    for (const session of [userSession(user), RUNNER_SESSION]) {
      await expect(engine().db.run(session, sql`select * from erase_user()`)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(engine().db.run(operatorSession(null), sql`select * from erase_user()`)).rejects.toMatchObject({
      constraint: 'user_not_set',
    });
    const roles = await withUser(engine().db, user, (tx) => tx.query(sql`select is_operator() as yes`).catch((e) => e));
    expect(roles).toMatchObject({ code: '42501' });
  });

  test('a claim under way finds itself lost, and brings nothing of the user back', async () => {
    const user = newUser();
    await writeMission(engine().db, user, 'm1');
    const [held] = (await claim(99)).filter(({ userId }) => userId === user);
    await eraseUser(engine().db, user);
    const written = { claim: held!, changes: [], failed: true, nextRunAt: null };
    expect(await recordPlan(engine().db, written, null)).toBe('claim_lost');
    expect(await recordCall(engine().db, held!, CALL)).toBe(false);
    const expired = sql`select expire_proposals(${user}) as n`;
    expect(await engine().db.run(RUNNER_SESSION, expired)).toEqual([{ n: 0 }]);
    const superuser = await asSuperuser(engine());
    try {
      expect(await superuser.query(sql`select 1 from user_heads where user_id = ${user}`)).toEqual([]);
    } finally {
      await superuser.close();
    }
    // Who comes back begins anew.
    await writeMission(engine().db, user, 'm1');
    expect(await missionRow(engine().db, user, 'm1')).toMatchObject({ wanted: 1, planned: 0, queued: true });
  });

  test('a cursor of before the erasure is refused however long the new log is, and no other user is asked to sync anew', async () => {
    const [user, other] = [newUser(), newUser()];
    const epochOf = async (each: string) =>
      (await engine().db.run<{ epoch: string }>(userSession(each), sql`select current_epoch() as epoch`))[0]!.epoch;
    const headOf = async (each: string) =>
      (
        await engine().db.run<{ epoch: string; position: number }>(
          RUNNER_SESSION,
          sql`select epoch, "position" from log_heads(jsonb_build_array(${each}::text))`,
        )
      )[0];
    await write(engine().db, user, task('t1'));
    const [first, others] = [await epochOf(user), await epochOf(other)];
    expect(first).toBe(others);
    await eraseUser(engine().db, user);
    await write(engine().db, user, task('t2'), task('t3'));
    const second = await epochOf(user);
    await eraseUser(engine().db, user);
    const third = await epochOf(user);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(third).toMatch(/^[0-9a-f]{10}$/);
    expect(await headOf(user)).toEqual({ epoch: third, position: 0 });
    expect(await epochOf(other)).toBe(others);
    await write(engine().db, other, task('t'));
    expect(await headOf(other)).toEqual({ epoch: others, position: 1 });
  });

  async function claim(limit: number) {
    return claimMissions(engine().db, { runner: 'x', limit, leaseMs: 30_000, perUser: 99, now: null, budget: AMPLE });
  }
});

test.each(['pglite', 'postgres'] as const)(
  'on a running service (%s) an open stream ends, and the user may come back',
  async (kind) => {
    const server = await startSyncServerOn(kind);
    try {
      await pushTasks(server.url, 'ada', ['t1', 't2']);
      const stream = await openRawStream(server.url, 'ada');
      await stream.until((it) => it.changes().length === 2);
      const cursor = stream.cursor();
      await eraseUser(server.db, 'ada');
      expect(await stream.ended).toBe('end');

      await pushTasks(server.url, 'ada', ['t3', 't4', 't5']);
      const headers = { Authorization: 'Bearer ada' };
      const stale = await fetch(`${server.url}/sync/pull?since=${cursor}`, { headers });
      expect({ status: stale.status, body: await stale.json() }).toMatchObject({
        body: { code: 'cursor_ahead', resync: { since: '0' } },
      });
      const anew = (await (await fetch(`${server.url}/sync/pull`, { headers })).json()) as { serverChanges: object[] };
      expect(anew.serverChanges).toMatchObject([3, 4, 5].map((n, i) => ({ id: `t${n}`, position: i + 1 })));
    } finally {
      await server.close();
    }
  },
);

function task(recordId: string): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title: 'T' }, actor: { kind: 'user' } };
}

/** A statement as a line of plpgsql. */
function compiled(statement: ReturnType<typeof sql>, user: string): string {
  return `${compile(statement).text.replace('$1', `'${user}'`)};`;
}

function quoted(body: string): string {
  return `$do$ begin ${body} end $do$`;
}
