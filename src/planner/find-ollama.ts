import { fetchOutbound } from '../outbound/fetch-outbound.ts';

const OLLAMA = 'http://127.0.0.1:11434';

/** The name of a model that an Ollama server on this machine's usual port offers; null when none answers in time. */
export async function findOllamaModel(timeoutMs = 500): Promise<string | null> {
  try {
    const response = await fetchOutbound(`${OLLAMA}/api/tags`, { signal: AbortSignal.timeout(timeoutMs) });
    const { models } = (await response.json()) as { models?: { name?: unknown }[] };
    const name = models?.[0]?.name;
    return response.ok && typeof name === 'string' && /^[\w.:/-]{1,200}$/.test(name) ? name : null;
  } catch {
    return null;
  }
}

/** The lines that make the service plan with that model. */
export function ollamaLines(model: string): string {
  return `LLM_BASE_URL=${OLLAMA}/v1 LLM_MODEL=${model} npm start`;
}
