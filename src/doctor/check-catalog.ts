import { buildMark, READ_MARK } from '../database/migrate.ts';
import { type Check, error, ok, type Query, warning } from './check.ts';
import { checkDefiners, checkIsolation } from './check-isolation.ts';
import { checkRights } from './check-rights.ts';
import { checkTimeouts } from './check-timeouts.ts';

const OLDEST_MAJOR = 15;
const NEWEST_MAJOR = 18;
const ROLES = ['app_user', 'app_runner', 'app_operator', 'app_definer'];
const TRIGGERS = [
  'tg_sync_changes__100_take_log_head',
  'tg_sync_changes__200_admit_change',
  'tg_sync_changes__300_fold_changes',
  'tg_sync_changes__900_refuse_rewrite',
  'tg_sync_changes__900_refuse_truncate',
  'tg_sync_changes__910_check_erasure',
];
const START_MENDS = 'start the service, or give any command that opens the database: that puts it right';

/** What must hold in the database: its version, whom the login is, the roles, what keeps users apart, the log's triggers. */
export async function checkCatalog(query: Query, kind: 'postgres' | 'pglite'): Promise<Check[]> {
  const mark = (await query<{ mark: string | null }>(READ_MARK))[0]?.mark ?? null;
  const checks = [await checkVersion(query)];
  // PGlite logs in as superuser and nobody else can log in: the role that each transaction takes on isolates there.
  if (kind === 'postgres') checks.push(await checkLogin(query));
  if (mark === null) return [...checks, ok('schema', 'none yet; the first start makes it')];
  return [
    ...checks,
    checkMark(mark),
    await checkRoles(query, kind),
    await checkIsolation(query),
    await checkDefiners(query),
    await checkRights(query),
    await checkTriggers(query),
    ...(kind === 'postgres' ? [await checkTimeouts(query)] : []),
  ];
}

async function checkVersion(query: Query): Promise<Check> {
  const [server] = await query<{ number: number; text: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
  );
  const major = Math.floor(server!.number / 10_000);
  if (major < OLDEST_MAJOR)
    return error('version', `Postgres ${server!.text}`, `use Postgres ${OLDEST_MAJOR} to ${NEWEST_MAJOR}`);
  if (major > NEWEST_MAJOR) {
    return warning(
      'version',
      `Postgres ${server!.text}, which nobody has tried yet`,
      `use Postgres ${OLDEST_MAJOR} to ${NEWEST_MAJOR}`,
    );
  }
  return ok('version', `Postgres ${server!.text}`);
}

async function checkLogin(query: Query): Promise<Check> {
  const [login] = await query<{ name: string; super: boolean; bypass: boolean }>(
    `select rolname as name, rolsuper as super, rolbypassrls as bypass from pg_roles where rolname = current_user`,
  );
  const { name, super: isSuper, bypass } = login!;
  if (!isSuper && !bypass) return ok('login', `"${name}" is no superuser and is bound by row-level security`);
  return error(
    'login',
    `"${name}" ${isSuper ? 'is a superuser' : 'has BYPASSRLS'}: row-level security does not bind it`,
    `make a login that is bound, and name it in DATABASE_URL: create role pg_missions login createrole password '...'; alter database ... owner to pg_missions`,
  );
}

function checkMark(mark: string): Check {
  return mark === buildMark()
    ? ok('schema', 'as this build makes it')
    : warning('schema', 'of another build', START_MENDS);
}

async function checkRoles(query: Query, kind: 'postgres' | 'pglite'): Promise<Check> {
  const roles = await query<{ name: string; loose: boolean; ours: boolean }>(
    `select rolname as name, rolcanlogin or rolsuper or rolbypassrls as loose,
            pg_has_role(current_user, oid, 'member') as ours
     from pg_roles where rolname in (${ROLES.map((role) => `'${role}'`).join(', ')})`,
  );
  const missing = ROLES.filter((role) => !roles.some(({ name }) => name === role));
  if (missing.length > 0) return error('roles', `missing: ${missing.join(', ')}`, START_MENDS);
  const loose = roles.filter((role) => role.loose).map(({ name }) => name);
  if (loose.length > 0) {
    return error(
      'roles',
      `can log in, or are superusers, or bypass row-level security: ${loose.join(', ')}`,
      loose.map((role) => `alter role ${role} nologin nosuperuser nobypassrls`).join('; '),
    );
  }
  const foreign = kind === 'pglite' ? [] : roles.filter(({ name, ours }) => !ours && name !== 'app_definer');
  if (foreign.length > 0) {
    const names = foreign.map(({ name }) => name).join(', ');
    return error('roles', `this login may not take on: ${names}`, `as the owner: grant ${names} to this login`);
  }
  return ok('roles', `${ROLES.join(', ')}: none can log in, and none is above row-level security`);
}

async function checkTriggers(query: Query): Promise<Check> {
  const triggers = await query<{ name: string; enabled: string }>(
    `select tgname as name, tgenabled as enabled from pg_trigger
     where tgrelid = 'public.sync_changes'::regclass and not tgisinternal`,
  );
  const missing = TRIGGERS.filter((name) => !triggers.some((trigger) => trigger.name === name));
  // Another one than ours, which a replica session would skip, is found as well: it may be what somebody relies on.
  const broken = [...missing, ...triggers.filter(({ enabled }) => enabled !== 'A').map(({ name }) => name)];
  if (broken.length === 0) return ok('triggers', "all of the log's triggers are in place, and always fire");
  return error(
    'triggers',
    `missing, off, or skipped by a replica session: ${broken.join(', ')}`,
    'stop the writers; comment on table sync_changes is null; start the service, which makes them anew; then pg-missions verify',
  );
}
