/** The process of those who read streams: sockets that look for one event and keep nothing. */
import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import { serveWorker } from '../harness/worker.ts';

export interface StreamRequest {
  url: string;
  authorization?: string;
}

/** A request, or the commit of changes that plain SQL has made, one of each user. */
export type Sending =
  | { kind: 'request'; url: string; authorization?: string; body: string; contentType: string }
  | { kind: 'commit'; databaseUrl: string; userIds: string[]; recordId: string };

export interface ReaderCalls {
  /** Opens streams, and waits until each has begun. */
  open(order: { streams: StreamRequest[] }): Promise<void>;
  /**
   * Sends, and waits until every stream has an event that holds `mark`. Answers with the milliseconds from
   * the sending to the last of them, and with that event.
   */
  deliver(order: { mark: string; sending: Sending }): Promise<{ milliseconds: number; event: string }>;
}

interface Stream {
  /** What has come since it began, or since the last event was found. */
  text: string;
}

const PATIENCE_MS = 60_000;

const opened: Stream[] = [];
/** Called with what a stream has, whenever more of it comes. */
let onText: (stream: Stream) => void = () => {};
let fail: (error: Error) => void = () => {};

serveWorker<ReaderCalls>({
  async open({ streams }) {
    for (const request of streams) opened.push(await openStream(request));
  },

  async deliver({ mark, sending }) {
    const waiting = new Set(opened);
    let event = '';
    let patience: NodeJS.Timeout | undefined;
    const delivered = new Promise<number>((resolve, reject) => {
      fail = reject;
      patience = setTimeout(() => {
        const [one] = waiting;
        const lacking = `${waiting.size} of ${opened.length} streams lack it; one has ${JSON.stringify(one?.text.slice(0, 2_000))}`;
        reject(new Error(`what was sent ${PATIENCE_MS / 1_000} s ago has not come: ${lacking}`));
      }, PATIENCE_MS);
      onText = (stream) => {
        const at = stream.text.indexOf(mark);
        if (at < 0 || !stream.text.includes('\n\n', at)) return;
        event = stream.text;
        stream.text = '';
        waiting.delete(stream);
        if (waiting.size === 0) resolve(performance.now());
      };
    });
    const send = await prepare(sending);
    const begun = performance.now();
    const [arrived] = await Promise.all([delivered, send()]);
    clearTimeout(patience);
    onText = () => {};
    fail = () => {};
    return { milliseconds: arrived - begun, event: withoutChunks(event) };
  },
});

async function openStream({ url, authorization }: StreamRequest): Promise<Stream> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  const stream: Stream = { text: '' };
  const begun = new Promise<void>((resolve, reject) => {
    socket.on('error', (error) => fail(error));
    socket.on('close', () => {
      const error = new Error(`a stream ended with: ${stream.text.slice(-500)}`);
      fail(error);
      reject(error);
    });
    socket.on('data', (chunk: string) => {
      stream.text += chunk;
      if (/^HTTP\/1.1 200 .*^retry:.*\n\n/ms.test(stream.text)) {
        stream.text = '';
        resolve();
      }
      onText(stream);
    });
  });
  await once(socket, 'connect');
  const headers = [`Host: ${hostname}:${port}`, ...(authorization ? [`Authorization: ${authorization}`] : [])];
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  await begun;
  return stream;
}

/** What sends, in as little time as possible once it is called. */
async function prepare(sending: Sending): Promise<() => Promise<void>> {
  if (sending.kind === 'request') {
    const { url, authorization, body, contentType } = sending;
    const headers = { 'Content-Type': contentType, ...(authorization ? { Authorization: authorization } : {}) };
    return async () => {
      const response = await fetch(url, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(await response.text());
      await response.arrayBuffer();
    };
  }
  const client = new pg.Client({ connectionString: sending.databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('set local role app_user');
  await client.query(`do $$
    declare
      v_user_id text;
    begin
      foreach v_user_id in array ${pg.escapeLiteral(`{${sending.userIds.join()}}`)}::text[] loop
        perform set_config('app.current_user_id', v_user_id, true);
        insert into sync_changes (user_id, app_id, table_name, record_id, op, data, client_id, actor)
        values (v_user_id, 'todo', 'tasks', ${pg.escapeLiteral(sending.recordId)}, 'insert',
                '{"title":"Compare three moving companies"}', 'bench', '{"kind":"user"}');
      end loop;
    end $$`);
  return async () => {
    await client.query('commit');
    await client.end();
  };
}

/** The event alone: heartbeats may come before it, and the lines between are the sizes of HTTP's chunks. */
function withoutChunks(text: string): string {
  const start = text.indexOf('event: ');
  return text.slice(start, text.indexOf('\n\n', start) + 2);
}
