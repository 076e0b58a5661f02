/**
 * A scripted model: a real HTTP server on loopback that speaks OpenAI's chat completions.
 *
 *   const server = await startModelServer();
 *   server.script({ plan: {...} }, { status: 429, headers: { 'retry-after': '2' } });   // the next two requests
 *   server.setDefault({ text: 'hello' });                                               // every further one
 *   const model = modelFromConfig({ baseUrl: server.url, model: 'scripted' });
 *   const request = await server.nextRequest();    // the oldest request that nobody has waited for yet, else the next one
 *   await request.disconnected;                    // the client went away before it had its answer
 *   const held = hold({ plan: {...} });            // a reply that waits for held.release()
 *   await server.close();                          // destroys what is open, hanging replies too
 *
 * Without script and default a request is answered with 500. Nothing here waits for a clock.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ModelReply =
  /** A plan as the model's answer, as JSON; `usage`: the tokens that it is charged for. */
  | { plan: unknown; usage?: Usage }
  /** Any text as the model's answer. */
  | { text: string }
  /** Calls of read tools; arguments that are a string are sent as they are. */
  | { toolCalls: { name: string; args: unknown }[]; text?: string }
  /** A bare HTTP answer; a body that is no string is sent as JSON. */
  | { status: number; headers?: Record<string, string>; body?: unknown }
  /** No answer until the client goes or the server closes. */
  | { hang: true }
  /** The answer byte by byte, one per turn of the event loop. */
  | { drip: string }
  /** Half of the answer's body, then the connection breaks. */
  | { truncated: string }
  /** See `hold`. */
  | { held: Promise<void>; reply: ModelReply };

export interface Usage {
  input: number;
  output: number;
}

export interface ModelRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** The parsed body of the request. */
  body: ChatRequest;
  /** Resolves when the client went away before its answer was complete. */
  disconnected: Promise<void>;
}

/** What tests look at in a request. */
export interface ChatRequest {
  model: string;
  messages: { role: string; content: string | null; tool_calls?: unknown[]; tool_call_id?: string }[];
  tools?: { type: string; function: { name: string; description?: string; parameters: unknown } }[];
  tool_choice?: unknown;
  response_format?: { type: string; json_schema?: unknown };
}

export interface ModelServer {
  /** The base URL for clients: `http://127.0.0.1:<port>/v1`. */
  url: string;
  /** Every request so far, oldest first. */
  requests: ModelRequest[];
  /** Replies for the next requests, in order; more can be added at any time. */
  script(...replies: ModelReply[]): void;
  /** The reply for requests that the script does not cover. */
  setDefault(reply: ModelReply | ((request: ModelRequest) => ModelReply)): void;
  nextRequest(): Promise<ModelRequest>;
  close(): Promise<void>;
}

/** A reply that is not sent before `release()` is called. */
export function hold(reply: ModelReply): ModelReply & { release(): void } {
  const { promise, resolve } = gate<void>();
  return { held: promise, reply, release: resolve };
}

export async function startModelServer(): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const script: ModelReply[] = [];
  const waiting: ((request: ModelRequest) => void)[] = [];
  let seen = 0;
  let otherwise = (_: ModelRequest): ModelReply => ({ status: 500, body: { error: { message: 'nothing scripted' } } });

  const server = createServer((incoming, outgoing) => {
    void receive(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function receive(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { promise: disconnected, resolve } = gate<void>();
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) resolve();
    });
    outgoing.on('error', () => {});
    if (incoming.method !== 'POST' || incoming.url !== '/v1/chat/completions') {
      send(outgoing, 404, { error: { message: 'no such route' } });
      return;
    }
    const body = JSON.parse(await read(incoming)) as ChatRequest;
    const request: ModelRequest = { path: incoming.url, headers: incoming.headers, body, disconnected };
    requests.push(request);
    const reply = script.shift() ?? otherwise(request);
    const waiter = waiting.shift();
    if (waiter) {
      seen++;
      waiter(request);
    }
    await answer(outgoing, reply, body.model);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    script: (...replies) => void script.push(...replies),
    setDefault: (reply) => {
      otherwise = typeof reply === 'function' ? reply : () => reply;
    },
    nextRequest: () => {
      const arrived = requests[seen];
      if (!arrived) return new Promise((resolve) => waiting.push(resolve));
      seen++;
      return Promise.resolve(arrived);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(outgoing: ServerResponse, reply: ModelReply, model: string): Promise<void> {
  if ('held' in reply) {
    await reply.held;
    await answer(outgoing, reply.reply, model);
  } else if ('status' in reply) {
    send(outgoing, reply.status, reply.body, reply.headers);
  } else if ('drip' in reply) {
    await drip(outgoing, JSON.stringify(completion(model, { content: reply.drip })));
  } else if ('truncated' in reply) {
    const body = JSON.stringify(completion(model, { content: reply.truncated }));
    outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    outgoing.write(body.slice(0, body.length / 2), () => outgoing.destroy());
  } else if ('plan' in reply) {
    send(outgoing, 200, completion(model, { content: JSON.stringify(reply.plan) }, reply.usage));
  } else if ('toolCalls' in reply) {
    send(outgoing, 200, completion(model, { content: reply.text ?? null, tool_calls: toolCalls(reply.toolCalls) }));
  } else if ('text' in reply) {
    send(outgoing, 200, completion(model, { content: reply.text }));
  }
}

function completion(
  model: string,
  message: { content: string | null; tool_calls?: unknown[] },
  { input, output }: Usage = { input: 11, output: 7 },
) {
  return {
    id: 'chatcmpl-scripted',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', ...message },
        finish_reason: message.tool_calls ? 'tool_calls' : 'stop',
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

function toolCalls(calls: { name: string; args: unknown }[]): unknown[] {
  return calls.map(({ name, args }, index) => ({
    id: `call_${index}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }));
}

function send(outgoing: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
  outgoing.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
}

async function drip(outgoing: ServerResponse, body: string): Promise<void> {
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  for (const byte of Buffer.from(body)) {
    if (outgoing.destroyed) return;
    outgoing.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  outgoing.end();
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function gate<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
