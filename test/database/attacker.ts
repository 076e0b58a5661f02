// One who speaks SQL with a login of its own that may be app_user and nothing else, and who takes the name of user B. A
// has data of every kind, and all of it holds a canary.
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { inject } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { USER } from '../../src/core/log/actor.ts';
import { userSession } from '../../src/database/database.ts';
import { asSuperuser, type Superuser } from '../log/as-superuser.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { planOf, scriptedPlanner, testRunner, write, writeMission } from '../support/missions.ts';
import { startModelServer } from '../support/model-server.ts';

export const CANARY = 'canary-9d41';
export const A = 'person-a';
export const B = 'person-b';
/** The SQL state of a right that is not there. */
export const DENIED = '42501';

export interface Outcome {
  /** The SQL state of the refusal; null where it was let through. */
  code: string | null;
  /** All that came back: rows and notices, or every word of the error. */
  said: string;
}

export interface Attacker {
  engine: TestEngine;
  superuser: Superuser;
  login: string;
  /** A live claim on a mission of A, which nobody but its runner may use. */
  token: string;
  /** Runs the statements as B, in a transaction that is undone unless they end it. */
  attempt(statements: string): Promise<Outcome>;
  everythingOfA(): Promise<Record<string, string[]>>;
  close(): Promise<void>;
}

export async function startAttacker(): Promise<Attacker> {
  const engine = await openTestPostgres();
  const superuser = await asSuperuser(engine);
  const token = await writeDataOfA(engine);
  await writeMission(engine.db, B, 'm1', { title: 'of B', objective: 'of B' });
  const login = `attacker_${randomBytes(6).toString('hex')}`;
  await superuser.query(sql.raw(`create role ${login} login password 'attacker' in role app_user`));
  const url = new URL(inject('postgresUrl'));
  url.username = login;
  url.password = 'attacker';
  url.pathname = new URL(engine.url).pathname;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();

  return {
    ...{ engine, superuser, login, token },
    attempt: (statements) => attemptOn(client, statements),
    async everythingOfA() {
      const held: Record<string, string[]> = {};
      for (const table of TABLES) {
        const rows = await superuser.query<{ row: string }>(
          sql`select t::text as "row" from ${sql.identifier(table)} t where user_id = ${A} order by 1`,
        );
        held[table] = rows.map(({ row }) => row);
      }
      return held;
    },
    async close() {
      await client.end();
      await superuser.query(sql.raw(`drop role ${login}`));
      await superuser.close();
      await engine.close();
    },
  };
}

const TABLES = ['user_heads', 'sync_changes', 'records', 'missions', 'model_calls', 'plan_reads', 'stream_tickets'];

/** A note, a mission that was planned from it and waits for its next plan, and a ticket. Returns the claim's token. */
async function writeDataOfA({ db }: TestEngine): Promise<string> {
  const model = await startModelServer();
  model.setDefault(planOf(CANARY));
  await write(db, A, {
    ...{ appId: 'notes', tableName: 'notes', recordId: 'n1', op: 'insert', actor: USER },
    data: { title: CANARY, contentMarkdown: CANARY },
  });
  const inputs = [{ appId: 'notes', table: 'notes', id: 'n1' }];
  await writeMission(db, A, 'm1', { title: CANARY, objective: CANARY, replanOn: 'inputs', inputs });
  const runner = testRunner({ db, planner: scriptedPlanner(model), clock: systemClock });
  await runner.sweep();
  await runner.stop();
  await model.close();
  await writeMission(db, A, 'm1', { title: `${CANARY} 2` }, 'update');
  await db.run(userSession(A), sql`select issue_ticket('of a', '1 hour')`);
  const [claim] = await db.run<{ token: string }>(
    { role: 'app_runner' },
    sql`select claim_token::text as token from claim_missions('test', 10, '1 hour', 10)`,
  );
  if (claim === undefined) throw new Error('the mission of A was not to be claimed');
  return claim.token;
}

async function attemptOn(client: pg.Client, statements: string): Promise<Outcome> {
  const notices: unknown[] = [];
  const hear = (notice: unknown) => void notices.push(notice);
  client.on('notice', hear);
  try {
    await client.query(
      `begin; set local role app_user; set local app.current_user_id = '${B}'; set local statement_timeout = '1s'`,
    );
    const results = [await client.query(statements)].flat();
    return { code: null, said: JSON.stringify([results.map(({ rows }) => rows), notices]) };
  } catch (error) {
    const { code, message, detail, hint, where } = error as pg.DatabaseError;
    return { code: code ?? 'none', said: JSON.stringify([message, detail, hint, where, notices]) };
  } finally {
    await client.query('rollback');
    client.off('notice', hear);
  }
}
