// Whatever the roles of the service try, the log and its links stay as they are.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { operatorSession, RUNNER_SESSION, userSession } from '../../../src/database/database.ts';
import { checkChain } from '../../../src/log/verify/check-chain.ts';
import { onBothEngines } from '../../support/engines.ts';
import { asSuperuser } from '../as-superuser.ts';
import { livedUser } from '../lived-user.ts';

const COLUMNS: Record<string, string> = {
  ...{
    user_id: `'x'`,
    position: '1000',
    id: `'x'`,
    app_id: `'x'`,
    table_name: `'x'`,
    record_id: `'x'`,
    op: `'delete'`,
  },
  ...{ data: `'{}'`, field_timestamps: `'{}'`, client_id: `'x'`, schema_version: '2', actor: `'{"kind":"user"}'` },
  ...{ created_at: 'now()', link: `repeat('0', 64)` },
};
const HEAD: Record<string, string> = { position: '0', stamp: `''`, link: `''`, linked_to: '0', user_id: `'x'` };
const ROW = `user_id, app_id, table_name, record_id, op, data, actor`;
const NEW = `select user_id, app_id, table_name, record_id, op, data, actor from sync_changes limit 1`;
const GIVEN_BY_THE_LOG = ['position', 'created_at', 'link'];

/** Ways to change a row of a table, a column at a time. */
const updates = (table: string, [column, value]: [string, string]) => [
  `update ${table} set ${column} = ${value}`,
  `update only public.${table} as t set ${column} = t.${column} where true returning 1`,
  `update ${table} set (${column}) = row (${value}) where user_id in (select user_id from user_heads)`,
  `with changed as (update ${table} set ${column} = ${value} returning *) select count(*) from changed`,
  `update ${table} t set ${column} = ${value} from user_heads h where h.user_id = t.user_id`,
  `merge into ${table} t using user_heads h on t.user_id = h.user_id when matched then update set ${column} = ${value}`,
  `do $$ begin update ${table} set ${column} = ${value}; end $$`,
  `do $$ begin execute 'update ${table} set ${column} = ${column}'; end $$`,
];

const ATTEMPTS = [
  ...Object.entries(COLUMNS).flatMap((column) => [
    ...updates('sync_changes', column),
    `insert into sync_changes (${ROW}) ${NEW} on conflict (user_id, position) do update set ${column[0]} = ${column[1]}`,
    `insert into sync_changes (${ROW}) ${NEW} on conflict (user_id, id) do update set ${column[0]} = excluded.${column[0]}`,
  ]),
  ...Object.entries(HEAD).flatMap((column) => updates('user_heads', column)),
  ...GIVEN_BY_THE_LOG.flatMap((column) => [
    `insert into sync_changes (${ROW}, ${column}) select t.*, ${COLUMNS[column]} from (${NEW}) t`,
    `insert into sync_changes (${ROW}, ${column}) values (default, default, default, default, default, default, default, null)`,
    `with added as (insert into sync_changes (${ROW}, ${column}) select t.*, null from (${NEW}) t returning 1) table added`,
    `merge into sync_changes t using user_heads h on false when not matched then insert (user_id, ${column}) values (h.user_id, ${COLUMNS[column]})`,
  ]),
  ...['sync_changes', 'user_heads'].flatMap((table) => [
    `delete from ${table}`,
    `delete from only public.${table} where true returning 1`,
    `delete from ${table} t using user_heads h where h.user_id = t.user_id`,
    `with gone as (delete from ${table} returning *) select count(*) from gone`,
    `merge into ${table} t using user_heads h on t.user_id = h.user_id when matched then delete`,
    `do $$ begin delete from ${table}; end $$`,
    `truncate ${table}`,
    `truncate only ${table} cascade`,
    `truncate ${table} restart identity`,
    `copy ${table} from '/etc/hostname'`,
    `copy ${table} from program 'id'`,
    `lock table ${table} in access exclusive mode`,
    `select * from ${table} for no key update nowait`.replace(
      'user_heads for no key update nowait',
      'user_heads for update',
    ),
    `drop table ${table} cascade`,
    `alter table ${table} disable trigger all`,
    `alter table ${table} drop column link`,
    `alter table ${table} alter column link set default 'x'`,
    `alter table ${table} no force row level security`,
    `create rule rewritten as on update to ${table} do instead nothing`,
    `create trigger late before insert on ${table} for each row execute function suppress_redundant_updates_trigger()`,
    `comment on table ${table} is null`,
    `create view pg_temp.way as table ${table}; delete from pg_temp.way`,
  ]),
  ...['iterations', 'proposals', 'tasks', 'notes', 'mission_details'].flatMap((view) => [
    `update ${view} set user_id = 'x'`,
    `delete from ${view}`,
    `insert into ${view} (user_id) values ('x')`,
  ]),
  `select link_changes('', '')`,
  `select hash_change('', 1, '', '', '', '', '', '{}', '{}', '', 1, '{}', now())`,
  `select take_log_head()`,
  `select fold_changes()`,
  `set local session_replication_role = replica`,
];

onBothEngines((engine) => {
  test(`${ATTEMPTS.length} ways, each by three roles, are all refused`, async () => {
    const user = await livedUser(engine());
    const superuser = await asSuperuser(engine());
    const bytes = () =>
      superuser.query<{ row: string }>(sql`
        select to_jsonb(c)::text as row from sync_changes c where user_id = ${user}
        union all select to_jsonb(h)::text from user_heads h where user_id = ${user} order by 1`);
    try {
      const before = await bytes();
      let refused = 0;
      for (const session of [userSession(user), RUNNER_SESSION, operatorSession(user)]) {
        for (const attempt of ATTEMPTS) {
          const rows = await engine()
            .db.run(session, sql.raw(attempt))
            .catch(() => 'refused');
          expect({ attempt, session, rows }).toEqual({ attempt, session, rows: 'refused' });
          refused += 1;
        }
      }
      expect(refused).toBeGreaterThanOrEqual(700); // and as many on the other engine
      expect(await bytes()).toEqual(before);
      expect((await checkChain(engine().db, user, { checkInterrupt() {} })).violations).toEqual([]);
    } finally {
      await superuser.close();
    }
  });
});
