import { z } from 'zod';

/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object: what `data` of a change and of a record is. */
export type JsonObject = { [key: string]: Json };

export const jsonObjectSchema = z.record(z.string(), z.json()) as z.ZodType<JsonObject>;
