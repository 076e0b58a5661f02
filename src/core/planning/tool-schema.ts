import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import type { Tool } from '../modules/module.ts';

const schemas = new WeakMap<Tool, JsonObject>();

/** The JSON schema (draft 7) of what a tool takes: fields with a default are optional in it. */
export function toolSchema(tool: Tool): JsonObject {
  const known = schemas.get(tool);
  if (known) return known;
  const { $schema, ...schema } = z.toJSONSchema(tool.parameters, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  }) as JsonObject;
  schemas.set(tool, schema);
  return schema;
}
