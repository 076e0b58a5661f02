import { sql } from 'drizzle-orm';
import pg from 'pg';
import { expect, test } from 'vitest';
import { userSession, withUser } from '../../../src/database/database.ts';
import { createUserGate } from '../../../src/database/postgres/user-gate.ts';
import { newUser, openTestPostgres } from '../../support/engines.ts';

test('lets so many in at a time, the rest in the order of coming, and each user by themselves', async () => {
  const gate = createUserGate(2);
  const order: string[] = [];
  const enter = async (user: string, name: string) => {
    const leave = await gate.enter(user);
    order.push(name);
    return leave;
  };
  const [first, second, other] = await Promise.all([enter('a', 'a1'), enter('a', 'a2'), enter('b', 'b1')]);
  const third = enter('a', 'a3');
  const fourth = enter('a', 'a4');
  await Promise.resolve();
  expect(order).toEqual(['a1', 'a2', 'b1']);
  first();
  first();
  (await third)();
  await fourth;
  expect(order).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
  second();
  other();
});

test('a user whose log is locked keeps nobody else waiting, and is served when it is free', async () => {
  const engine = await openTestPostgres();
  const [a, b] = [newUser(), newUser()];
  const lockLog = sql`select lock_log()`;
  await engine.db.run(userSession(a), lockLog);
  const holder = new pg.Client({ connectionString: engine.url });
  await holder.connect();
  await holder.query('begin; set local role app_user');
  await holder.query("select set_config('app.current_user_id', $1, true)", [a]);
  await holder.query('select lock_log()');

  // Far more than the pool has connections.
  const locked = Promise.all(Array.from({ length: 60 }, () => withUser(engine.db, a, (tx) => tx.query(lockLog))));
  const first = await Promise.race([
    locked.then(() => 'the locked user'),
    engine.db.run(userSession(b), lockLog).then(() => 'the other user'),
  ]);
  expect(first).toBe('the other user');
  await holder.query('rollback');
  await locked;
  await holder.end();
  await engine.close();
});
