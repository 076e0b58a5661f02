import { z } from '@hono/zod-openapi';
import { sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';
import { readRecord } from '../database/read-records.ts';

/** One exchange with a model, as it was recorded when it arrived. */
export const modelCallSchema = z.object({
  number: z.number().describe('From 1, in the order of the calls'),
  model: z.string(),
  request: z.unknown().describe('What was sent'),
  response: z.unknown().describe('What came back; a member `fault` says why nothing did'),
  answer: z
    .string()
    .nullable()
    .describe('The closing words of a turn; null when the model asked for a read tool, or failed'),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  durationMs: z.number(),
  createdAt: z.string(),
});

/** The model calls behind an iteration; undefined when the mission has no such iteration. */
export async function readModelCalls(tx: Transaction, missionId: string, iterationId: string) {
  const iteration = await readRecord(tx, 'ai', 'aiIterations', iterationId);
  const want = iteration?.data.want;
  if (!iteration || iteration.deletedAt || iteration.data.missionId !== missionId || !Number.isSafeInteger(want))
    return undefined;
  const calls = await tx.query<z.infer<typeof modelCallSchema> & { createdAt: Date }>(sql`
    select number, model, request, response, answer, input_tokens as "inputTokens", output_tokens as "outputTokens",
           duration_ms as "durationMs", created_at as "createdAt"
    from model_calls where user_id = current_user_id() and mission_id = ${missionId} and want = ${want as number}
    order by number`);
  return calls.map((call) => ({ ...call, createdAt: call.createdAt.toISOString() }));
}
