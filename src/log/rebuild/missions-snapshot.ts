import { type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../../core/json.ts';
import type { Actor } from '../../core/log/actor.ts';
import type { HeldMission } from '../../core/log/mend-mission.ts';
import { type MissionChange, type MissionsReplay, replayMissions } from '../../core/log/replay-missions.ts';
import type { Database, Session, Transaction } from '../../database/database.ts';

/** The missions of a user as the log tells them, and as the projection holds them, by one snapshot. */
export interface MissionsSnapshot {
  /** The position that the log ended at. */
  head: number;
  /** The database's clock. */
  now: Date;
  replay: MissionsReplay;
  held: Map<string, HeldMission>;
}

/** Replays the missions of the session's user. `onBatch` may throw, to end it. */
export async function readMissionsSnapshot(
  db: Database,
  session: Session,
  onBatch: () => void,
): Promise<MissionsSnapshot> {
  const snapshot: MissionsSnapshot = { head: 0, now: new Date(0), replay: replayMissions(), held: new Map() };
  await db.scan(session, SNAPSHOT, (rows) => {
    for (const row of rows) {
      const [tableName, recordId, data, fieldTimestamps, clientId, position, actor] = row as Columns;
      if (tableName !== '') {
        snapshot.replay.fold({
          ...{ tableName, recordId, clientId, position: Number(position) },
          data: JSON.parse(data) as JsonObject,
          fieldTimestamps: JSON.parse(fieldTimestamps) as Record<string, string>,
          actor: JSON.parse(actor) as Actor,
        });
      } else if (recordId !== '') snapshot.held.set(recordId, JSON.parse(data) as HeldMission);
      else {
        snapshot.head = Number(position);
        snapshot.now = new Date(data);
      }
    }
    onBatch();
  });
  return snapshot;
}

/** What the log has of missions after a position, for a transaction that holds the log's lock. */
export function readMissionsTail(tx: Transaction, after: number): Promise<MissionChange[]> {
  return tx.query<MissionChange>(sql`
    select table_name as "tableName", record_id as "recordId", data, field_timestamps as "fieldTimestamps",
           client_id as "clientId", position, actor
    from sync_changes where user_id = current_user_id() and position > ${after} and ${OF_MISSIONS}
    order by position`);
}

const OF_MISSIONS: SQL = sql`app_id = 'ai' and table_name in ('aiMissions', 'aiIterations')`;

type Columns = [string, string, string, string, string, string, string];

/** The end of the log and the rows of the projection have no table name; the former no id either. */
const SNAPSHOT = `
  select '', '', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '', '',
         coalesce((select position from user_heads where user_id = current_user_id()), 0)::text, ''
  union all
  select table_name, record_id, data::text, field_timestamps::text, client_id, position::text, actor::text
  from sync_changes
  where user_id = current_user_id() and app_id = 'ai' and table_name in ('aiMissions', 'aiIterations')
  union all
  select '', mission_id, to_jsonb(missions)::text, '', '', '', '' from missions where user_id = current_user_id()`;
