import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Exchange {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  /** Called for each request. */
  body?(): string;
  /** Called with each answer's body. */
  hear?(body: string): void;
}

export interface Answer {
  status: number;
  /** Names and values in turn, as they came. */
  headers: string[];
  body: string;
}

const CONNECTIONS = 8;

/** How many requests a second are answered over some connections that stay open, each waiting for its answer. */
export async function requestRate(url: string, exchange: Exchange, requests: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let left = requests;
  const connection = async () => {
    while (left-- > 0) {
      const { status, body } = await ask(url, exchange, agent);
      if (status !== 200) throw new Error(`${exchange.method} ${exchange.path} was answered with ${status}: ${body}`);
      exchange.hear?.(body);
    }
  };
  const begun = performance.now();
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  } finally {
    agent.destroy();
  }
  return (requests / (performance.now() - begun)) * 1_000;
}

export async function ask(url: string, { method, path, headers, body }: Exchange, agent?: Agent): Promise<Answer> {
  const sent = body?.();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const type =
      sent === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(sent) };
    request(`${url}${path}`, { method, headers: { ...headers, ...type }, agent }, resolve)
      .once('error', reject)
      .end(sent);
  });
  return { status: response.statusCode ?? 0, headers: response.rawHeaders, body: await text(response) };
}
