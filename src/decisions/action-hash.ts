import { createHash } from 'node:crypto';
import type { JsonObject } from '../core/json.ts';
import { canonicalAction } from '../core/proposals/proposal.ts';

/** Names exactly one action: SHA-256 of the tool and its parameters, as 64 hexadecimal digits. */
export function actionHash(toolName: string, params: JsonObject): string {
  return createHash('sha256').update(canonicalAction(toolName, params)).digest('hex');
}
