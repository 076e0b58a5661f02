import { type Check, ok, type Query, warning } from './check.ts';

/** Each ends what would else hold a lock, or a connection, for as long as nobody notices. */
const TIMEOUTS: Record<string, string> = {
  lock_timeout: '5s',
  statement_timeout: '60s',
  idle_in_transaction_session_timeout: '60s',
  transaction_timeout: '5min',
};

/**
 * Whether everything that hangs ends by itself, whoever logged in: the service sets time-outs in each transaction, but a psql
 * that began one and went to lunch holds a person's log just as well.
 */
export async function checkTimeouts(query: Query): Promise<Check> {
  const names = Object.keys(TIMEOUTS);
  const lacking = await query<{ login: string; lacks: string[] }>(`
    select login, array_agg(timeout order by timeout) as lacks
    from (
      select r.rolname as login, t.name as timeout,
             case when r.rolname = current_user then t.setting
                  else (select split_part(setting, '=', 2)
                        from pg_db_role_setting s, unnest(s.setconfig) as setting
                        where s.setrole in (r.oid, 0) and setting like t.name || '=%'
                          and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
                        order by s.setrole = r.oid desc, s.setdatabase <> 0 desc limit 1) end as value
      from pg_roles r, pg_settings t
      where r.rolcanlogin and not r.rolsuper and t.name in (${names.map((name) => `'${name}'`).join(', ')})
        and (pg_has_role(r.oid, 'app_user', 'member') or pg_has_role(r.oid, 'app_operator', 'member')
          or pg_has_role(r.oid, 'app_runner', 'member'))
    ) as found
    where coalesce(value, '0') in ('0', '')
    group by login order by login`);
  if (lacking.length === 0) return ok('timeouts', 'whatever hangs is ended, whichever login it has');
  return warning(
    'timeouts',
    lacking.map(({ login, lacks }) => `login "${login}" has no ${lacks.join(', ')}`).join('; '),
    lacking
      .flatMap(({ login, lacks }) =>
        lacks.map((name) => `alter role "${login.replaceAll('"', '""')}" set ${name} = '${TIMEOUTS[name]}'`),
      )
      .join('; '),
  );
}
