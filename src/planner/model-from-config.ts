import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV3 } from '@ai-sdk/provider';
import { fetchOutbound } from '../outbound/fetch-outbound.ts';

export interface ModelConfig {
  /** Where chat completions are, as given: `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  apiKey?: string;
  model: string;
}

/** By this name the provider finds what is meant for the body of its requests. */
export const PROVIDER = 'llm';

/** A longer response body is not read to its end. Bytes, after decompression. */
export const RESPONSE_BYTES = 10_000_000;

/** The model behind any server that speaks OpenAI's chat completions. */
export function modelFromConfig({ baseUrl, apiKey, model }: ModelConfig): LanguageModelV3 {
  const provider = createOpenAICompatible({
    name: PROVIDER,
    baseURL: baseUrl,
    ...(apiKey ? { apiKey } : {}),
    supportsStructuredOutputs: true,
    fetch: boundedFetch,
  });
  return provider.chatModel(model);
}

/** As `fetchOutbound`, but a body over the limit breaks off. */
const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetchOutbound(input, init);
  if (!response.body) return response;
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(atMost(RESPONSE_BYTES)), { status, statusText, headers });
};

function atMost(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let read = 0;
  return new TransformStream({
    transform(chunk, controller) {
      read += chunk.byteLength;
      if (read > limit) throw new Error(`The response is longer than ${limit} bytes.`);
      controller.enqueue(chunk);
    },
  });
}
