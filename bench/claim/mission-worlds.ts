import pg from 'pg';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import { migratePostgres } from '../../src/database/migrate.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';

export interface World {
  users: number;
  /** Of each user. */
  missions: number;
  /** How many of all want a plan; all when absent. */
  waiting?: number;
}

const MISSION = 'm-1';

/** A database of this name with missions that wait for a runner. `adminUrl` is the superuser's. */
export async function createWorld(adminUrl: string, name: string, world: World): Promise<void> {
  await asAdmin(adminUrl, (admin) => admin.query(`create database ${name} owner ${SERVICE_LOGIN}`));
  const url = serviceUrl(adminUrl, name);
  await migratePostgres(url);
  await writeMission(url);
  await asAdmin(urlOf(adminUrl, name), async (admin) => {
    await admin.query('alter table sync_changes disable trigger user');
    for (const others of OTHERS) await admin.query(others, [world.users, world.missions]);
    await admin.query('alter table sync_changes enable trigger user');
    if (world.waiting !== undefined) await admin.query(SEND_AWAY, [world.waiting]);
    // As a database is that has been in use for a while.
    await admin.query('vacuum analyze');
  });
}

/** Has `work` done in a copy of a world, by the URL of the service's login to it. */
export async function inCopyOf<T>(adminUrl: string, name: string, work: (url: string) => Promise<T>): Promise<T> {
  const copy = `${name}_copy`;
  await asAdmin(adminUrl, (admin) => admin.query(`create database ${copy} template ${name} owner ${SERVICE_LOGIN}`));
  try {
    return await work(serviceUrl(adminUrl, copy));
  } finally {
    await asAdmin(adminUrl, (admin) => admin.query(`drop database ${copy} with (force)`));
  }
}

export async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

export function urlOf(adminUrl: string, database: string): string {
  return Object.assign(new URL(adminUrl), { pathname: database }).href;
}

/** The first mission of the first user, through the log. */
async function writeMission(url: string): Promise<void> {
  const db = openPostgres({ connectionString: url, poolSize: 1, onError: () => {} });
  try {
    await withUser(db, 'user-1', (tx) =>
      appendChanges(tx, 'user-1', [
        {
          appId: 'ai',
          tableName: 'aiMissions',
          recordId: MISSION,
          op: 'insert',
          data: {
            title: 'A week by the sea',
            objective: 'Plan a week in Dalmatia with Ana in September, by train and ferry, for less than 900 euro.',
            conceptMarkdown: 'We leave on a Saturday and want to see Split, Vis and Korcula without hurry. '.repeat(4),
            cadence: { kind: 'interval', everyMinutes: 1_440 },
            timeZone: 'Europe/Berlin',
            state: 'active',
          },
          actor: { kind: 'user' },
        },
      ]),
    );
  } finally {
    await db.close();
  }
}

const OF_THE_FIRST = `t cross join generate_series(1, $1::int) u cross join generate_series(1, $2::int) m
  where t.user_id = 'user-1' and (u, m) <> (1, 1)`;

/** Every other mission as the log and the fold would have left it: the first one's rows, with other keys and positions. */
const OTHERS = [
  `insert into sync_changes
   select 'user-' || u, m, gen_random_uuid()::text, t.app_id, t.table_name, 'm-' || m, t.op, t.data, t.field_timestamps,
          t.client_id, t.schema_version, t.actor, t.created_at
   from sync_changes ${OF_THE_FIRST}`,
  `insert into records
   select 'user-' || u, t.app_id, t.table_name, 'm-' || m, t.data,
          (select jsonb_object_agg(key, value || jsonb_build_object('position', m)) from jsonb_each(t.field_meta)),
          t.deleted_at, m, m
   from records ${OF_THE_FIRST}`,
  // A user's wants stand a virtual second apart, as raise_want places them.
  `insert into missions (user_id, mission_id, state, cadence, time_zone, wanted, wanted_at, queue_at)
   select 'user-' || u, 'm-' || m, t.state, t.cadence, t.time_zone, 1, t.wanted_at, t.queue_at + (m - 1) * interval '1 second'
   from missions ${OF_THE_FIRST}`,
  `insert into user_heads (user_id, position, stamp, queue_at)
   select 'user-' || u, $2::int, t.stamp, t.queue_at + ($2::int - 1) * interval '1 second'
   from user_heads t cross join generate_series(1, $1::int) u where t.user_id = 'user-1'
   on conflict (user_id) do update set position = excluded.position, queue_at = excluded.queue_at`,
];

/** What does not want a plan: its cadence comes next year. */
const SEND_AWAY = `
  update missions set wanted = 0, queue_at = null, due_at = now() + interval '1 year', next_run_at = now() + interval '1 year'
  where (user_id, mission_id) not in (
    select user_id, mission_id from missions order by queue_at, user_id limit $1::int)`;
