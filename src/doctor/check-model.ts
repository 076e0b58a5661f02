import type { Config } from '../config.ts';
import { fetchOutbound } from '../outbound/fetch-outbound.ts';
import { type Check, error, ok, warning } from './check.ts';
import { describeFailure } from './describe-failure.ts';

/** The model server: reached, the key taken, the model there. Asks for its list of models, which costs nothing. */
export async function checkModel({ LLM_BASE_URL, LLM_API_KEY, LLM_MODEL, ROLE }: Config): Promise<Check[]> {
  if (ROLE === 'api') return [];
  if (LLM_BASE_URL === undefined) {
    return [ok('model', 'none is configured: the outline planner plans (set LLM_BASE_URL and LLM_MODEL for a model)')];
  }
  let response: Response;
  try {
    response = await fetchOutbound(`${LLM_BASE_URL.replace(/\/+$/, '')}/models`, {
      headers: LLM_API_KEY === undefined ? {} : { authorization: `Bearer ${LLM_API_KEY}` },
      signal: AbortSignal.timeout(5_000),
    });
  } catch (failure) {
    return [
      error(
        'model',
        `LLM_BASE_URL: ${describeFailure(failure)}`,
        'start the model server, or set LLM_BASE_URL to where it is',
      ),
    ];
  }
  if (response.status === 401 || response.status === 403) {
    return [
      error('model', `the server refuses the key (${response.status})`, 'set LLM_API_KEY to a key that it takes'),
    ];
  }
  const names = response.ok ? await readNames(response) : null;
  if (names === null) {
    return [
      warning(
        'model',
        `the server answers (${response.status}), but does not list its models`,
        'nothing, if missions get planned; else see that LLM_BASE_URL ends where /chat/completions begins, as in http://127.0.0.1:11434/v1',
      ),
    ];
  }
  if (names.includes(LLM_MODEL!)) return [ok('model', `the server answers and has "${LLM_MODEL}"`)];
  const some = names.slice(0, 5).join(', ');
  return [
    error(
      'model',
      `the server answers, but has no "${LLM_MODEL}"`,
      some ? `set LLM_MODEL to one that it has: ${some}` : 'load the model there',
    ),
  ];
}

/** The names of an OpenAI-compatible list of models; null when it is none. */
async function readNames(response: Response): Promise<string[] | null> {
  const body = (await response.json().catch(() => null)) as { data?: unknown } | null;
  if (!Array.isArray(body?.data)) return null;
  return body.data
    .map((model: { id?: unknown } | null) => model?.id)
    .filter((id): id is string => typeof id === 'string');
}
