import { z } from 'zod';

export const cadenceSchema = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('manual') })]);
export type Cadence = z.infer<typeof cadenceSchema>;
