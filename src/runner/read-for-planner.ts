import { sql } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { Json } from '../core/json.ts';
import type { Mission } from '../core/missions/mission.ts';
import { fieldIssues } from '../core/modules/field-issues.ts';
import type { Registry } from '../core/modules/registry.ts';
import { type Read, toolReads } from '../core/planning/reads.ts';
import { toolPolicy } from '../core/proposals/policy.ts';
import { type Database, withUser } from '../database/database.ts';
import { readNeeds } from '../database/read-records.ts';
import type { Claim } from './claim.ts';

interface Answered {
  answer: Json;
  reads: Read[];
}

/** Answers a read tool on the person's records as they stand, and says what of them the answer shows. */
export function readForPlanner(
  { db, registry, clock }: { db: Database; registry: Registry; clock: Clock },
  claim: Claim,
  mission: Mission,
  name: string,
  params: unknown,
): Promise<Answered> {
  return withUser(db, claim.userId, async (tx): Promise<Answered> => {
    const tool = registry.tool(name);
    if (tool?.kind !== 'read' || toolPolicy(tool, claim.policy) === 'deny') {
      return { answer: { error: `there is no tool ${name}` }, reads: [] };
    }
    const parsed = tool.parameters.safeParse(params);
    if (!parsed.success) {
      const issues = fieldIssues(parsed.error.issues) as unknown as Json;
      return { answer: { error: 'invalid parameters', issues }, reads: [] };
    }
    // Before the records: what changes in between then counts as not seen.
    const [head] = await tx.query<{ position: number }>(
      sql`select position from user_heads where user_id = current_user_id()`,
    );
    const appId = registry.moduleOf(name)?.appId ?? '';
    const records = await readNeeds(tx, appId, tool.needs(parsed.data));
    const newId = () => {
      throw new Error(`the read tool ${name} asked for an id`);
    };
    const answer = tool.read(parsed.data, { now: clock.now(), timeZone: mission.timeZone, newId, ...records });
    return { answer, reads: toolReads(appId, tool, answer, head?.position ?? 0) };
  });
}
