import { APICallError, InvalidResponseDataError } from '@ai-sdk/provider';
import type { ModelFault } from '../core/planning/planner.ts';

export interface ModelFailure {
  ok: false;
  reason: ModelFault;
  message: string;
  retryAfterMs?: number;
  /** It says nothing about the mission: the server is not there, is overloaded or limits the rate. */
  isOutage?: boolean;
  /** The server refused, or never got the request: nothing was read or written that could be billed. */
  isFree?: boolean;
}

const NOT_A_COMPLETION = 'The model server answered with something that is not a complete chat completion.';

/** A server that asks for more patience than this is asked again after an hour. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

const NEVER_CONNECTED = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EADDRNOTALLOWED'], // fetchOutbound's own
]);
/** What a proxy says whose server is gone, or a server that takes no more; any other 5xx may be this very request's. */
const OUTAGES = new Set([502, 503, 504]);

/**
 * Names why a model call gave no reply. The message is shown to the person and logged, so it holds no word of the
 * request or the response, only the status and what to check. `now` (epoch ms) resolves a Retry-After that is a date.
 */
export function modelFault(error: unknown, now: number): ModelFailure {
  if (InvalidResponseDataError.isInstance(error)) return unavailable(NOT_A_COMPLETION);
  if (!APICallError.isInstance(error)) return unavailable(`The model call failed (${codeOf(error) ?? nameOf(error)}).`);
  const status = error.statusCode;
  if (status === undefined) {
    const code = codeOf(error) ?? 'no connection';
    const message = `The model server could not be reached (${code}): check that it runs, and LLM_BASE_URL.`;
    return { ...unavailable(message), isOutage: true, isFree: NEVER_CONNECTED.has(code) };
  }
  const retryAfterMs = retryAfter(error, now);
  if (status === 429) {
    const message = 'The model server limits the rate (429): check the limits and the credit of the account.';
    return { ok: false, reason: 'model_rate_limited', message, ...retryAfterMs, isOutage: true, isFree: true };
  }
  if (status === 408 || status >= 500)
    return {
      ...unavailable(`The model server answered with an error (${status}).`),
      ...retryAfterMs,
      isOutage: OUTAGES.has(status),
      isFree: true,
    };
  if (status >= 300)
    return {
      ok: false,
      reason: 'model_refused',
      message: `The model server refused the request (${status}): ${mendOf(status)}.`,
      isFree: true,
    };
  return unavailable(NOT_A_COMPLETION);
}

export type Feature = 'format' | 'tools' | 'maxTokens';

/** Which features of the request the refusal is about, that can be left out; the one that matters less first. */
export function refusedFeatures(error: unknown): Feature[] {
  if (!APICallError.isInstance(error) || (error.statusCode !== 400 && error.statusCode !== 422)) return [];
  const words = `${error.message} ${error.responseBody ?? ''}`.slice(0, 10_000);
  return [
    ...(FORMAT_REFUSED.test(words) ? (['format'] as const) : []),
    ...(TOOLS_REFUSED.test(words) ? (['tools'] as const) : []),
    ...(MAX_TOKENS_REFUSED.test(words) ? (['maxTokens'] as const) : []),
  ];
}

const FORMAT_REFUSED = /response[_ ]?format|json[_ ]?schema|json[_ ]mode|structured[_ ]output|response mime type/i;
/** OpenAI: "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead." */
const MAX_TOKENS_REFUSED = /max_completion_tokens/i;
/** Ollama: "does not support tools"; vLLM: "tool choice requires --enable-auto-tool-choice". */
const TOOLS_REFUSED =
  /not support[^.]{0,40}\btools?\b|\btools?\b[^.]{0,40}(not|un)[ -]?(supported|available|enabled|allowed)|tool[_ ]choice|function[_ ]calling/i;

function unavailable(message: string): ModelFailure {
  return { ok: false, reason: 'model_unavailable', message };
}

function mendOf(status: number): string {
  if (status < 400) return 'it redirects elsewhere; check LLM_BASE_URL';
  if (status === 401 || status === 403) return 'check LLM_API_KEY and what it may use';
  if (status === 404 || status === 405) return 'check LLM_MODEL and LLM_BASE_URL';
  if (status === 402) return 'check the credit of the account';
  if (status === 413) return 'the prompt is too long for it; shorten the concept or link less';
  return 'check LLM_MODEL, that the server speaks chat completions, and that the prompt fits its context';
}

function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && /^\w{1,40}$/.test(cause.code)) return cause.code;
  }
  return undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'unknown error';
}

function retryAfter(error: APICallError, now: number): { retryAfterMs?: number } {
  const header = error.responseHeaders?.['retry-after']?.trim();
  if (!header) return {};
  const wait = /^\d+(\.\d+)?$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? {} : { retryAfterMs: Math.round(Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS)) };
}
