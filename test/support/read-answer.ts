export interface SentAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** All of an answer; of a stream what comes at once, which is then left. */
export async function readAnswer(response: Response): Promise<SentAnswer> {
  const { status, headers } = response;
  if (headers.get('content-type') !== 'text/event-stream' || !response.body) {
    return { status, headers, text: await response.text() };
  }
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const { value } = await reader.read();
  await reader.cancel();
  return { status, headers, text: new TextDecoder().decode(value) };
}
