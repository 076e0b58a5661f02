import { type Check, error, ok, type Query } from './check.ts';
import { RIGHTS } from './rights.ts';

/** One right as it stands in the catalog, such as app_user: select on records. */
export interface HeldRight {
  holder: string;
  right: string;
  on: string;
}

/** No role of the service may do more than src/doctor/rights.ts says, by itself or by being another role's member. */
export async function checkRights(query: Query): Promise<Check> {
  const beyond = (await readRights(query)).filter(
    ({ holder, right, on }) => !(RIGHTS[holder]?.[right] ?? []).includes(on),
  );
  const memberships = await query<{ member: string; role: string }>(
    `select m.member::regrole::text as member, m.roleid::regrole::text as role from pg_auth_members m
     where m.member in (select oid from pg_roles where rolname in (${HOLDERS}))`,
  );
  const found = [
    ...beyond.map(({ holder, right, on }) => `${holder} may ${right} ${on}`),
    ...memberships.map(({ member, role }) => `${member} is a member of ${role}`),
  ];
  if (found.length === 0) return ok('rights', 'nobody has a right beyond what this build grants');
  const mends = [
    ...beyond.map(({ holder, right, on }) => `revoke ${right.replace(GRANTABLE, '')} on ${on} from ${holder}`),
    ...memberships.map(({ member, role }) => `revoke ${role} from ${member}`),
  ];
  return error('rights', `more than this build grants: ${found.join('; ')}`, mends.join('; '));
}

const GRANTABLE = ' with grant option';
const HOLDERS = Object.keys(RIGHTS)
  .map((name) => `'${name}'`)
  .join(', ');

/**
 * What the catalog gives to the service's roles and to everybody: on relations, single columns, functions, schemas and the
 * database. Owners are left out, and so is what belongs to an extension, and what everybody may do outside the schema
 * public: both are the administrator's. Functions stand without their arguments.
 */
export function readRights(query: Query): Promise<HeldRight[]> {
  return query<HeldRight>(`
    with given as (
      select a.*, c.relowner as owner, n.nspname, c.relname as object
      from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) a
      where c.relkind <> 'i' and not exists (
        select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      union all
      select a.*, c.relowner, n.nspname, c.relname || '.' || t.attname
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute t on t.attrelid = c.oid cross join aclexplode(t.attacl) a
      union all
      select a.*, p.proowner, n.nspname, p.proname || '()'
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      where not exists (
        select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
      union all
      select a.*, n.nspowner, n.nspname, 'schema ' || n.nspname
      from pg_namespace n cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
      union all
      select a.*, d.datdba, 'public', 'database ' || d.datname
      from pg_database d cross join aclexplode(d.datacl) a
      where d.datname = current_database() and a.privilege_type = 'CREATE'
    )
    select distinct case when g.grantee = 0 then 'public' else r.rolname end as holder,
           lower(g.privilege_type) || case when g.is_grantable then '${GRANTABLE}' else '' end as "right",
           case when g.nspname = 'public' or g.object like 'schema %' then g.object else g.nspname || '.' || g.object end as "on"
    from given g left join pg_roles r on r.oid = g.grantee
    where g.grantee <> g.owner and (r.rolname in (${HOLDERS}) or (g.grantee = 0 and g.nspname = 'public'))
      and g.nspname not in ('pg_catalog', 'information_schema') and g.nspname !~ '^pg_(toast|temp)'
    order by 1, 2, 3`);
}
