import { z } from 'zod';

/**
 * What may happen with a tool that an AI actor wants to use: `auto` runs at once, `propose` asks the person,
 * `deny` hides it from the planner and makes a plan that names it invalid.
 */
export const policySchema = z.enum(['auto', 'propose', 'deny']);
export type Policy = z.infer<typeof policySchema>;
