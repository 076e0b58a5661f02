import type { JsonObject } from '../json.ts';
import type { Tool } from '../modules/module.ts';
import { MAX_STEPS } from './planner.ts';

/**
 * The shape of a reply as JSON schema, for servers that can hold a model to one. Parameters stay open here: servers
 * differ in what they understand, and each tool's own schema checks them afterwards.
 */
export function replySchema(tools: Tool[]): JsonObject {
  const names = tools.filter((tool) => tool.kind === 'write').map((tool) => tool.name);
  const text = { type: 'string' };
  return {
    type: 'object',
    properties: {
      summary: text,
      steps: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_STEPS,
        items: {
          type: 'object',
          properties: {
            toolName: { type: 'string', enum: names },
            params: { type: 'object' },
            rationale: text,
            summary: text,
          },
          required: ['toolName', 'params', 'rationale', 'summary'],
        },
      },
    },
    required: ['summary', 'steps'],
  };
}
