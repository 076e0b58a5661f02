import { sql } from 'drizzle-orm';
import { type Database, userSession } from '../../src/database/database.ts';
import { keep } from '../../src/database/statement.ts';
import { INPUTS, ITERATIONS } from './wake-world.ts';

export interface MissionName {
  userId: string;
  missionId: string;
}

/** What the service gives the planner, read by a task of another queue: in the same way, after the job was claimed. */
export async function readMission(db: Database, { userId, missionId }: MissionName): Promise<void> {
  const [row] = await db.run<{ iterations: unknown[]; inputs: { data: unknown }[] }>(
    userSession(userId),
    keep(sql`
      select r.data as mission, read_iterations(${userId}, ${missionId}, 3) as iterations,
             (select json_agg(json_build_object('ref', i.ref, 'data',
                       (select ir.data from records ir
                        where ir.user_id = ${userId} and ir.app_id = i.ref ->> 'appId' and ir.table_name = i.ref ->> 'table'
                          and ir.record_id = i.ref ->> 'id' and ir.deleted_at is null)) order by i.n)
              from jsonb_array_elements(r.data -> 'inputs') with ordinality i(ref, n)) as inputs,
             (select p.data from records p
              where (p.user_id, p.app_id, p.table_name, p.record_id) = (${userId}, 'ai', 'aiPolicy', 'policy')) as policy
      from records r
      where (r.user_id, r.app_id, r.table_name, r.record_id) = (${userId}, 'ai', 'aiMissions', ${missionId})`),
  );
  const isComplete = row?.iterations.length === ITERATIONS && row.inputs.filter(({ data }) => data).length === INPUTS;
  if (!isComplete) throw new Error(`the task did not read all that the service reads: ${JSON.stringify(row)}`);
}
