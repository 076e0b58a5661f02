import { z } from 'zod';
import { actorSchema } from '../../core/log/actor.ts';

const field = z.object({ field: z.string(), from: z.unknown(), to: z.unknown() });
const keptField = z.object({
  field: z.string(),
  value: z.unknown(),
  /** The write that stands, who made it, and when it arrived. */
  position: z.number(),
  actor: actorSchema,
  arrivedAt: z.string(),
});

/** What became, or would become, of one record when changes are taken back. */
export const undoneRecordSchema = z.object({
  appId: z.string(),
  table: z.string(),
  id: z.string(),
  label: z.string(),
  /** See RecordUndo. */
  outcome: z.enum(['restored', 'deleted', 'brought_back', 'left']),
  back: z.array(field),
  kept: z.array(keptField),
});

export const undoReportSchema = z.object({
  dryRun: z.boolean(),
  /** Where in the log it was done, to be taken back in turn; null where nothing was. */
  positions: z.object({ from: z.number(), to: z.number() }).nullable(),
  records: z.array(undoneRecordSchema),
});

export type UndoneRecord = z.infer<typeof undoneRecordSchema>;
export type UndoReport = z.infer<typeof undoReportSchema>;
