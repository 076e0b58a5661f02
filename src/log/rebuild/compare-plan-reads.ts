import { sql } from 'drizzle-orm';
import type { Json } from '../../core/json.ts';
import { type Database, operatorSession } from '../../database/database.ts';
import type { Difference } from './difference.ts';
import { Findings } from './findings.ts';

interface DifferingRow {
  missionId: string;
  address: string;
  isHeld: boolean;
  held: Json;
  isExpected: boolean;
  expected: Json;
}

/** Holds the projection `plan_reads` of a user against the folded records. */
export async function comparePlanReads(db: Database, userId: string): Promise<Findings<Difference>> {
  const found = new Findings<Difference>();
  const rows = await db.run<DifferingRow>(
    operatorSession(userId),
    sql`select mission_id as "missionId", concat_ws('/', app_id, table_name, record_id) as address,
               is_held as "isHeld", held, is_expected as "isExpected", expected
        from differing_plan_reads()`,
  );
  for (const { missionId, address, isHeld, held, isExpected, expected } of rows) {
    const kind = !isHeld ? 'missing' : isExpected ? 'differs' : 'phantom';
    const fields = kind === 'differs' ? [{ field: 'fields', held, expected }] : [];
    found.add({ projection: 'plan_reads', key: `${missionId} ${address}`, kind, fields });
  }
  return found;
}
