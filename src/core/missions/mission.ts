import { z } from 'zod';
import { cadenceSchema } from './cadence.ts';
import { isTimeZone } from './time-zone.ts';

export const missionStateSchema = z.enum(['active', 'paused', 'done', 'archived']);
export type MissionState = z.infer<typeof missionStateSchema>;

/** A record of the person's that a mission reads: named as in the log. */
export const inputRefSchema = z.strictObject({
  appId: z.string().min(1).max(200),
  table: z.string().min(1).max(200),
  id: z.string().min(1).max(200),
});
export type InputRef = z.infer<typeof inputRefSchema>;

/** What a person writes of a mission: the fields of an `ai/aiMissions` record. Unknown fields are kept. */
export const missionSchema = z.looseObject({
  title: z.string().trim().min(1).max(200),
  objective: z.string().trim().min(1).max(2_000),
  conceptMarkdown: z.string().max(100_000).default(''),
  inputs: z.array(inputRefSchema).max(50).default([]),
  cadence: cadenceSchema.default({ kind: 'manual' }),
  timeZone: z.string().refine(isTimeZone, 'is not an IANA time zone; write for example Europe/Berlin').default('UTC'),
  state: missionStateSchema.default('active'),
  /** `inputs`: a change to what its newest plan was made from wants a new plan as well. */
  replanOn: z.enum(['inputs'], 'must be "inputs", or null').nullish(),
  /** The person's own cap: tokens that its calls of a model may take in a day (UTC). */
  dailyTokens: z.int().min(1).max(1_000_000_000_000).nullish(),
});
export type MissionFields = z.infer<typeof missionSchema>;

/** A mission as the planner sees it. */
export interface Mission extends MissionFields {
  id: string;
}
