import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3GenerateResult,
  LanguageModelV3Prompt,
  LanguageModelV3ToolCall,
} from '@ai-sdk/provider';
import type { Json, JsonObject } from '../core/json.ts';
import { callTokens } from '../core/planning/budget.ts';
import type { ModelCall, PlanSession } from '../core/planning/planner.ts';
import { REPLY_CHARS } from '../core/planning/reply.ts';
import { headOf, storableText } from '../core/text.ts';
import { type Feature, type ModelFailure, modelFault, refusedFeatures } from './model-fault.ts';
import { PROVIDER } from './model-from-config.ts';
import { withDeadline } from './with-deadline.ts';

/** A model and what has been learnt of its server: features it refused are not asked for again. */
export interface AskedModel {
  model: LanguageModelV3;
  modelName: string;
  /** For one call. */
  timeoutMs: number;
  /** For one answer; the server cuts off what is longer. */
  maxOutputTokens: number;
  /** Epoch ms. */
  clock: () => number;
  offers: Record<Feature, boolean>;
}

export interface Question {
  prompt: LanguageModelV3Prompt;
  tools: NonNullable<LanguageModelV3CallOptions['tools']>;
  /** Whether the model may call a tool now instead of answering. */
  mayCall: boolean;
  replySchema: JsonObject;
}

/** The answer as it was recorded. `text` is null when the model called tools instead. */
export type Answer = { ok: true; text: string } | ({ ok: true; text: null } & CallRound);
/** A reply that calls tools: the calls, and what else the model said with them. */
export interface CallRound {
  calls: LanguageModelV3ToolCall[];
  content: LanguageModelV3Content[];
}

/** Calls in one reply beyond these are dropped. */
const CALLS_PER_ROUND = 8;

/**
 * One exchange with the model: asked under a deadline, recorded before anything is made of it. A feature that the server
 * refuses is left out and the question asked again. Throws the session's abort, and what `recordCall` throws.
 */
export async function askModel(
  asked: AskedModel,
  question: Question,
  session: PlanSession,
): Promise<Answer | ModelFailure> {
  const started = asked.clock();
  const options = callOptions(question, asked);
  await session.reserveCall(callTokens(promptBytes(options), asked.maxOutputTokens));
  const reply = await withDeadline(session.signal, asked.timeoutMs, (abortSignal) =>
    asked.model.doGenerate({ ...options, abortSignal }),
  );
  if (reply.outcome !== 'done') {
    const refused = reply.outcome === 'failed' ? refusedFeatures(reply.error) : [];
    if (leaveOut(refused, options, asked.offers)) return askModel(asked, question, session);
    const failure: ModelFailure =
      reply.outcome === 'failed'
        ? modelFault(reply.error, asked.clock())
        : { ok: false, reason: 'model_timeout', message: timeoutMessage(asked.timeoutMs) };
    // Recorded like an answer: a call that timed out may have cost as much as one that did not.
    await session.recordCall(failureRecord(asked, options, failure, asked.clock() - started));
    return failure;
  }
  const answer = readAnswer(reply.value.content, question.mayCall);
  await session.recordCall(callRecord(asked, options, reply.value, answer.text, asked.clock() - started));
  return answer;
}

function callOptions(question: Question, { offers, maxOutputTokens }: AskedModel): LanguageModelV3CallOptions {
  const offered = offers.tools && question.tools.length > 0;
  return {
    prompt: question.prompt,
    ...(offered ? { tools: question.tools, toolChoice: { type: question.mayCall ? 'auto' : 'none' } } : {}),
    ...(offers.format ? { responseFormat: { type: 'json', schema: question.replySchema, name: 'plan' } } : {}),
    ...(offers.maxTokens ? { maxOutputTokens } : {}),
    providerOptions: {
      openaiCompatible: { strictJsonSchema: false },
      // The newer name, which some models of OpenAI insist on. A call without a limit is never made.
      ...(offers.maxTokens ? {} : { [PROVIDER]: { max_completion_tokens: maxOutputTokens } }),
    },
  };
}

/** All that the model is given, in bytes. */
function promptBytes({ prompt, tools, responseFormat }: LanguageModelV3CallOptions): number {
  return Buffer.byteLength(JSON.stringify({ prompt, tools, responseFormat }));
}

/** True when a refused feature was in the request, so that the request without it is worth a try. */
function leaveOut(refused: Feature[], options: LanguageModelV3CallOptions, offers: AskedModel['offers']): boolean {
  const inRequest = {
    format: options.responseFormat !== undefined,
    tools: options.tools !== undefined,
    maxTokens: options.maxOutputTokens !== undefined,
  };
  const feature = refused.find((candidate) => inRequest[candidate]);
  if (!feature) return false;
  offers[feature] = false;
  return true;
}

function readAnswer(content: LanguageModelV3Content[], mayCall: boolean): Answer {
  const calls = callsIn(content);
  if (mayCall && calls.length > 0) return { ok: true, text: null, calls, content };
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return { ok: true, text: bounded(text) };
}

function callsIn(content: LanguageModelV3Content[]): LanguageModelV3ToolCall[] {
  return content.filter((part) => part.type === 'tool-call').slice(0, CALLS_PER_ROUND);
}

function callRecord(
  asked: AskedModel,
  options: LanguageModelV3CallOptions,
  result: LanguageModelV3GenerateResult,
  answer: string | null,
  durationMs: number,
): ModelCall {
  const text = (type: 'text' | 'reasoning') =>
    result.content.flatMap((part) => (part.type === type ? [part.text] : [])).join('');
  const reasoning = text('reasoning');
  return {
    model: asked.modelName,
    request: storable(sentBody(result, options)),
    response: storable({
      text: text('text'),
      ...(reasoning ? { reasoning } : {}),
      toolCalls: callsIn(result.content).map((call) => ({
        id: call.toolCallId,
        name: call.toolName,
        input: call.input ?? null,
      })),
      finishReason: result.finishReason.raw ?? result.finishReason.unified,
    }),
    answer,
    inputTokens: count(result.usage.inputTokens.total),
    outputTokens: count(result.usage.outputTokens.total),
    durationMs: Math.max(0, Math.round(durationMs)),
  };
}

function failureRecord(
  asked: AskedModel,
  options: LanguageModelV3CallOptions,
  { reason, message, isFree }: ModelFailure,
  durationMs: number,
): ModelCall {
  const { prompt, tools, toolChoice, responseFormat } = options;
  return {
    model: asked.modelName,
    request: storable({ prompt, tools, toolChoice, responseFormat }),
    response: { fault: { reason, message } },
    answer: null,
    inputTokens: isFree ? 0 : null,
    outputTokens: isFree ? 0 : null,
    durationMs: Math.max(0, Math.round(durationMs)),
  };
}

function timeoutMessage(timeoutMs: number): string {
  return `The model did not answer within ${timeoutMs / 1_000} seconds.`;
}

/** A number of tokens; null for anything else that a server may say. */
function count(tokens: number | undefined): number | null {
  return tokens !== undefined && Number.isInteger(tokens) && tokens >= 0 && tokens < 2 ** 31 ? tokens : null;
}

/** The body as it went over the wire where the provider tells it, else what the provider was given. */
function sentBody(result: LanguageModelV3GenerateResult, options: LanguageModelV3CallOptions): unknown {
  const body = result.request?.body;
  if (typeof body === 'string') return JSON.parse(body);
  const { prompt, tools, toolChoice, responseFormat } = options;
  return body ?? { prompt, tools, toolChoice, responseFormat };
}

/** The value as Postgres can hold it as jsonb: plain JSON without NUL and lone surrogates, long texts cut. */
function storable(value: unknown): Json {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) => {
    if (typeof item === 'string') return bounded(item);
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [storableText(key), inner]));
  });
}

/** One unit more than a reply may have: a text that was too long is still too long when it is read from the record. */
function bounded(text: string): string {
  return storableText(headOf(text, REPLY_CHARS + 2));
}
