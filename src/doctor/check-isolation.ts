import { type Check, error, ok, type Query } from './check.ts';

/**
 * What keeps users apart in the catalog: row-level security forced on every table, with policies that show a person nobody
 * else's rows; views that ask by the reader's rights; nothing that holds a copy of the rows.
 */
export async function checkIsolation(query: Query): Promise<Check> {
  const faults: Fault[] = [];
  for (const law of LAWS) faults.push(...(await law(query)));
  if (faults.length === 0)
    return ok('isolation', 'row-level security is forced on every table, and no view goes past it');
  return error('isolation', faults.map(({ found }) => found).join('; '), faults.map(({ mend }) => mend).join('; '));
}

/** Functions that run with more than their caller's rights: whose they are, and that no name in them can be shadowed. */
export async function checkDefiners(query: Query): Promise<Check> {
  const faults = await query<{ name: string; owner: string; isPinned: boolean }>(`
    select * from (
      select p.oid::regprocedure::text as name, p.proowner::regrole::text as owner,
             coalesce('search_path=public, pg_temp' = any (p.proconfig), false) as "isPinned"
      from pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace ${withoutExtensions('pg_proc', 'p')}
    ) f where owner <> 'app_definer' or not "isPinned" order by 1`);
  if (faults.length === 0)
    return ok('functions', "what runs as its owner is app_definer's, and looks nowhere but in public");
  const found = faults.map(({ name, owner, isPinned }) =>
    [
      ...(owner === 'app_definer' ? [] : [`${name} runs with the rights of ${owner}`]),
      ...(isPinned ? [] : [`the search_path of ${name} is not public, pg_temp`]),
    ].join('; '),
  );
  const mends = faults.map(({ name }) => `alter function ${name} security invoker, or drop it`);
  return error('functions', found.join('; '), mends.join('; '));
}

interface Fault {
  found: string;
  mend: string;
}

const LAWS: ((query: Query) => Promise<Fault[]>)[] = [
  unforcedTables,
  tablesWithoutPolicy,
  widePolicies,
  viewsOfOwners,
  copies,
];

async function unforcedTables(query: Query): Promise<Fault[]> {
  const tables = await query<{ name: string }>(
    `select relname as name from pg_class c where ${IN_PUBLIC} and relkind in ('r', 'p')
     and not (relrowsecurity and relforcerowsecurity) order by 1`,
  );
  return tables.map(({ name }) => ({
    found: `row-level security is not forced on ${name}`,
    mend: `alter table ${name} enable row level security; alter table ${name} force row level security`,
  }));
}

async function tablesWithoutPolicy(query: Query): Promise<Fault[]> {
  const tables = await query<{ name: string }>(
    `select relname as name from pg_class c where ${IN_PUBLIC} and relkind in ('r', 'p')
     and not exists (select from pg_policy p where p.polrelid = c.oid) order by 1`,
  );
  return tables.map(({ name }) => ({
    found: `${name} has no policy`,
    mend: `create policy own_rows on ${name} using (user_id = (select current_user_id()))`,
  }));
}

/** As Postgres prints it back: the rows of the user whose transaction it is. */
const OWN_ROWS = '(user_id = ( SELECT current_user_id() AS current_user_id))';
/** Policies that show more, each with the reason. */
const WIDER: Record<string, string> = {
  'runner_rows on missions for SELECT to {app_runner}': 'the schedule of all missions, which holds no content',
  'everyone on log_epoch for SELECT to {public}': "the same for all, and nobody's",
};

/** app_definer, as whom nobody logs in, sees all; what is restrictive takes rows away. */
async function widePolicies(query: Query): Promise<Fault[]> {
  const policies = await query<{ policy: string; name: string; table: string }>(`
    select format('%s on %s for %s to %s', policyname, tablename, cmd, roles) as policy, policyname as name, tablename as table
    from pg_policies
    where schemaname = 'public' and permissive = 'PERMISSIVE' and roles <> '{app_definer}'
      and (coalesce(qual, '${OWN_ROWS}') <> '${OWN_ROWS}' or coalesce(with_check, '${OWN_ROWS}') <> '${OWN_ROWS}') order by 1`);
  return policies
    .filter(({ policy }) => !Object.hasOwn(WIDER, policy))
    .map(({ policy, name, table }) => ({
      found: `the policy ${policy} shows more than the user's own rows`,
      mend: `drop policy ${name} on ${table}`,
    }));
}

async function viewsOfOwners(query: Query): Promise<Fault[]> {
  const views = await query<{ name: string }>(
    `select relname as name from pg_class c where ${IN_PUBLIC} and relkind = 'v' and not exists (
       select from pg_options_to_table(reloptions) where option_name = 'security_invoker' and option_value::boolean) order by 1`,
  );
  return views.map(({ name }) => ({
    found: `the view ${name} reads with its owner's rights`,
    mend: `alter view ${name} set (security_invoker = true)`,
  }));
}

/** Of these no policy can say who sees what. */
async function copies(query: Query): Promise<Fault[]> {
  const relations = await query<{ name: string; kind: string }>(
    `select relname as name, case relkind when 'm' then 'materialized view' else 'foreign table' end as kind
     from pg_class c where ${IN_PUBLIC} and relkind in ('m', 'f') order by 1`,
  );
  return relations.map(({ name, kind }) => ({
    found: `the ${kind} ${name} knows no row-level security`,
    mend: `drop ${kind} ${name}, or move it to another schema`,
  }));
}

/** What an extension brings is its own and the administrator's. */
function withoutExtensions(catalog: 'pg_class' | 'pg_proc', alias: string): string {
  return `and not exists (
    select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`;
}

const IN_PUBLIC = `c.relnamespace = 'public'::regnamespace ${withoutExtensions('pg_class', 'c')}`;
