import type { LanguageModelV3Message, LanguageModelV3ToolCall, LanguageModelV3ToolResultPart } from '@ai-sdk/provider';
import type { Json } from '../core/json.ts';
import { parseJson } from '../core/planning/find-json.ts';
import type { PlanSession } from '../core/planning/planner.ts';
import { REPLY_CHARS } from '../core/planning/reply.ts';
import { cleanCut } from '../core/text.ts';
import type { CallRound, Question } from './ask-model.ts';

/** How much of a read tool's answer the model is given. UTF-16 units. */
export const READ_CHARS = 12_000;

/**
 * Runs the read tools that the model called, one after the other, and returns the messages to go on with: what the model
 * said, and what the tools answered. A call that cannot run is answered with what is wrong.
 */
export async function answerCalls(
  round: CallRound,
  tools: Question['tools'],
  session: PlanSession,
): Promise<LanguageModelV3Message[]> {
  const results: LanguageModelV3ToolResultPart[] = [];
  for (const call of round.calls) {
    const answer = await runCall(call, tools, session);
    results.push({
      type: 'tool-result',
      toolCallId: call.toolCallId,
      toolName: call.toolName,
      output: { type: 'text', value: cleanCut(JSON.stringify(answer), READ_CHARS) },
    });
  }
  return [modelTurn(round), { role: 'tool', content: results }];
}

async function runCall(call: LanguageModelV3ToolCall, tools: Question['tools'], session: PlanSession): Promise<Json> {
  if (!tools.some((tool) => tool.name === call.toolName))
    return {
      error: 'This cannot be called while planning. A tool that changes records is named as a step of the plan.',
    };
  const input = readInput(call);
  if (input === undefined) return { error: 'The arguments are not a JSON object.' };
  return session.readTool(call.toolName, input);
}

/** What the model said, given back with the metadata by which some providers recognise it. */
function modelTurn({ calls, content }: CallRound): LanguageModelV3Message {
  const said = content
    .filter((part) => part.type === 'text' || part.type === 'reasoning')
    .map(({ type, text, providerMetadata }) => ({ type, text, ...asOptions(providerMetadata) }));
  const called = calls.map(({ toolCallId, toolName, providerMetadata, ...call }) => ({
    type: 'tool-call' as const,
    toolCallId,
    toolName,
    input: readInput(call) ?? {},
    ...asOptions(providerMetadata),
  }));
  return { role: 'assistant', content: [...said, ...called] };
}

function asOptions(metadata: LanguageModelV3ToolCall['providerMetadata']) {
  return metadata ? { providerOptions: metadata } : {};
}

/** The arguments as an object; servers leave them out where there are none. */
function readInput({ input }: { input?: string | null }): Json | undefined {
  const text = input?.trim() || '{}';
  if (text.length > REPLY_CHARS) return undefined;
  const parsed = parseJson(text);
  return parsed.ok && typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value)
    ? (parsed.value as Json)
    : undefined;
}
