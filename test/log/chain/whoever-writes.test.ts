import { sql } from 'drizzle-orm';
import pg from 'pg';
import { expect, test } from 'vitest';
import { USER } from '../../../src/core/log/actor.ts';
import type { Change } from '../../../src/core/log/change.ts';
import { userSession, withUser } from '../../../src/database/database.ts';
import { migratePostgres } from '../../../src/database/migrate.ts';
import { eraseUser } from '../../../src/log/erase-user.ts';
import { checkChain } from '../../../src/log/verify/check-chain.ts';
import { newUser, onBothEngines, openTestPostgres, type TestEngine } from '../../support/engines.ts';
import { write, writeMission } from '../../support/missions.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { archiveDirectory, exportTo, importFrom } from '../archive-world.ts';
import { asSuperuser } from '../as-superuser.ts';
import { livedUser } from '../lived-user.ts';
import { insertRandomChanges } from './random-changes.ts';

const inDirectory = archiveDirectory();
const check = ({ db }: TestEngine, user: string) => checkChain(db, user, { checkInterrupt() {} });
const task = (recordId: string, title = recordId): Change => ({
  ...{ appId: 'todo', tableName: 'tasks', recordId, op: 'insert', actor: USER },
  data: { title },
});

onBothEngines((engine) => {
  test('a log that person, runner, operator and plain SQL have written to is linked, and so is its import', async () => {
    const user = await livedUser(engine());
    await withUser(engine().db, user, (tx) => insertRandomChanges(tx, user, 30, seededRandom(1)));
    const { link, violations } = await check(engine(), user);
    expect(violations).toEqual([]);

    const path = inDirectory(`${engine().db.kind}.zip`);
    const manifest = await exportTo(engine().db, user, path);
    expect({ position: manifest.lastPosition, link: manifest.link }).toEqual(link);
    const copy = newUser();
    expect(await importFrom(engine().db, copy, path)).toMatchObject({ ok: true, added: link?.position });
    const imported = await check(engine(), copy);
    expect(imported.violations).toEqual([]);
    // A chain of its own: it stands for whose the log is, too.
    expect(imported.link?.link).not.toBe(link?.link);
  });

  test('what the log has already, in a statement of others, leaves no trace in the chain', async () => {
    const user = newUser();
    await write(engine().db, user, { ...task('t1'), id: 'e1' });
    await write(
      engine().db,
      user,
      { ...task('t1'), id: 'e1' },
      { ...task('t2'), id: 'e2' },
      { ...task('t1'), id: 'e1' },
    );
    await write(engine().db, user, { ...task('t2'), id: 'e2' });
    expect(await check(engine(), user)).toMatchObject({ link: { position: 2 }, violations: [] });
  });

  test.each([
    ['another link', `set_config('app.log_link', repeat('0', 64), true)`],
    ['none', `set_config('app.log_link', '-', true)`],
    ['one on each row', `set_config('app.log_link', (select link from user_heads), true)`],
  ])('a statement that hands its rows %s on its way is refused', async (_, forged) => {
    const user = newUser();
    await write(engine().db, user, task('t1'));
    const insert = sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
      select ${user}, 'todo', 'tasks', 't' || n, 'insert', '{}', case when ${sql.raw(forged)} <> 'x' then '{"kind":"user"}'::jsonb end
      from generate_series(2, 4) n`;
    await expect(engine().db.run(userSession(user), insert)).rejects.toMatchObject({ constraint: 'log_out_of_step' });
    expect(await check(engine(), user)).toMatchObject({ link: { position: 1 }, violations: [] });
  });

  test('after an erasure nothing of the chain is left, others keep theirs, and who comes back begins anew', async () => {
    const [user, other] = [newUser(), newUser()];
    for (const each of [user, other]) await writeMission(engine().db, each, 'm1');
    const before = [await check(engine(), user), await check(engine(), other)];
    await eraseUser(engine().db, user);
    expect(await check(engine(), user)).toEqual({ link: null, violations: [] });
    expect(await check(engine(), other)).toEqual(before[1]);
    await write(engine().db, user, task('t1'));
    const expected = before[0]?.link ?? undefined;
    const anew = await checkChain(engine().db, user, { expected, checkInterrupt() {} });
    expect(anew.violations.map(({ rule }) => rule)).toEqual(['link_not_as_expected']);
    const superuser = await asSuperuser(engine());
    const audit = await superuser.query<{ audit: string }>(sql`select to_jsonb(e)::text as audit from erasures e`);
    await superuser.close();
    for (const row of audit) expect(row.audit).not.toContain(expected?.link);
  });
});

test('writers at once, each by many statements, leave every log linked', async () => {
  const engine = await openTestPostgres();
  const users = [newUser(), newUser(), newUser()];
  await Promise.all(
    Array.from({ length: 12 }, async (_, writer) => {
      const user = users[writer % users.length] as string;
      for (let n = 0; n < 10; n++) {
        await write(engine.db, user, ...Array.from({ length: 1 + (n % 4) }, (_, i) => task(`${writer}-${n}-${i}`)));
      }
    }),
  );
  for (const user of users) expect(await check(engine, user)).toMatchObject({ link: { position: 92 }, violations: [] });
  await engine.close();
});

test('a client of another encoding makes the same links', async () => {
  const engine = await openTestPostgres();
  const client = new pg.Client({ connectionString: engine.url });
  await client.connect();
  try {
    await client.query(`set client_encoding = 'LATIN1'; set app.current_user_id = 'latin'`);
    for (const title of ['caf\\u00e9', '\\u00fcber', 'caf\\u00e9']) {
      await client.query(`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
        values ('latin', 'todo', 'tasks', U&'\\00e9', 'insert', '{"title":"${title}"}', '{"kind":"user"}')`);
    }
    expect((await client.query('show client_encoding')).rows).toEqual([{ client_encoding: 'LATIN1' }]);
    expect(await check(engine, 'latin')).toMatchObject({ link: { position: 3 }, violations: [] });
  } finally {
    await client.end();
    await engine.close();
  }
});

test('a log of before there were links, and what an older build appends meanwhile, are linked by the next migration', async () => {
  const engine = await openTestPostgres();
  const superuser = await asSuperuser(engine);
  const users = [newUser(), newUser(), newUser()];
  const [old, mixed, empty] = users as [string, string, string];
  const migrateAnew = async () => {
    await superuser.query(sql`comment on table sync_changes is null`);
    await migratePostgres(engine.url);
  };
  // As 0005 leaves a log of before, or as the triggers of an older build leave a newer one, whose head they advance.
  const forget = async (user: string, after: number) => {
    await superuser.query(sql`alter table sync_changes disable trigger user`);
    await superuser.query(sql`
      update user_heads set linked_to = ${after}, link = coalesce((
        select link from sync_changes where user_id = ${user} and position = ${after + 1}), '') where user_id = ${user}`);
    await superuser.query(sql`update sync_changes set link = null where user_id = ${user} and position > ${after}`);
  };
  try {
    for (const user of [old, mixed])
      for (let n = 0; n < 6; n++) await write(engine.db, user, task(`a${n}`), task(`b${n}`));
    await withUser(engine.db, empty, (tx) => tx.query(sql`select lock_log()`));
    await forget(old, 0);
    await forget(mixed, 8);
    expect((await check(engine, old)).violations).toMatchObject([{ rule: 'chain_broken', positions: [1, 12] }]);
    await migrateAnew();
    for (const user of [old, mixed]) {
      expect(await check(engine, user)).toMatchObject({ link: { position: 12 }, violations: [] });
      await write(engine.db, user, task('c1'), task('c2'));
      await write(engine.db, user, task('c3'));
      expect(await check(engine, user)).toMatchObject({ link: { position: 15 }, violations: [] });
    }
    // And what they are linked to is found when it changes.
    await superuser.query(sql`alter table sync_changes disable trigger user`);
    await superuser.query(sql`update sync_changes set client_id = 'x' where user_id = ${old} and position = 5`);
    await superuser.query(sql`update sync_changes set client_id = 'x' where user_id = ${mixed} and position = 3`);
    await migrateAnew();
    expect((await check(engine, old)).violations).toMatchObject([{ rule: 'chain_broken', positions: [1, 12] }]);
    expect((await check(engine, mixed)).violations[0]).toMatchObject({ rule: 'chain_broken', positions: [3, 4] });
  } finally {
    await superuser.close();
    await engine.close();
  }
});
