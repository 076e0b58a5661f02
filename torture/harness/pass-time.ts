import type pg from 'pg';

/**
 * Lets leases and waits for another attempt end without waiting for them: in the database their time has come. (A lease lasts
 * for 30 s, and nothing but waiting happens in them.) Nothing is touched of processes that still work, named by their pids.
 */
export async function passTime(admin: pg.Pool, workingPids: readonly number[]): Promise<void> {
  await admin.query(
    `with passed as (
       update missions set due_at = clock_timestamp()
       where due_at > clock_timestamp() and (claim_token is null or split_part(runner, ':', 2) <> all ($1))
       returning mission_id
     )
     select pg_notify('mission_wake', '') from (select from passed limit 1) one`,
    [workingPids.map(String)],
  );
}
