import { z } from 'zod';

/**
 * Who made a change. Every change has an actor; null is not an actor.
 * Clients may push only `user`; `ai` and `system` are written by the server alone.
 */
export const actorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user') }),
  z.strictObject({
    kind: z.literal('ai'),
    missionId: z.string().min(1),
    iterationId: z.string().min(1),
    proposalId: z.string().min(1),
    rationale: z.string().min(1),
  }),
  z.strictObject({
    kind: z.literal('system'),
    source: z.enum(['projection', 'rule', 'migration', 'mission-runner']),
  }),
]);

export type Actor = z.infer<typeof actorSchema>;
export type AiActor = Extract<Actor, { kind: 'ai' }>;

export const USER: Actor = { kind: 'user' };
export const MISSION_RUNNER: Actor = { kind: 'system', source: 'mission-runner' };
export const RULE: Actor = { kind: 'system', source: 'rule' };
