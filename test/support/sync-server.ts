import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { vi } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { PullAnswer, WireChange } from '../../src/core/sync/wire.ts';
import type { Database, OnAppended } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import type { App, AppDeps } from '../../src/http/app.ts';
import { createApp } from '../../src/http/create-app.ts';
import { type ChangeHub, HEARTBEAT_MS } from '../../src/sync/change-hub.ts';
import { openHub } from '../../src/sync/open-hub.ts';
import { openTestPglite, openTestPostgres, type TestEngine } from './engines.ts';

/** Real time for what takes seconds at most, and no heartbeats: what arrives was announced. */
export const withoutHeartbeats: Clock = {
  ...systemClock,
  after: (ms, callback) => (ms < HEARTBEAT_MS ? systemClock.after(ms, callback) : () => {}),
};

/** One API process on a database: its own pool, listener and HTTP server on the loopback interface. */
export interface SyncServer {
  url: string;
  app: App;
  db: Database;
  hub: ChangeHub;
  server: Server;
  /** Every line that was logged. */
  logged: string[];
  listening(): boolean;
  close(): Promise<void>;
}

/** Starts an API process. `Authorization: Bearer <user>` says who it is. */
export async function startSyncServer(
  open: (onAppended: OnAppended) => Promise<Database>,
  clock: Clock = withoutHeartbeats,
  replica?: AppDeps['replica'],
): Promise<SyncServer> {
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const opened = await openHub(open, { clock, log, channels: ['mission_wake'], readsLag: replica !== undefined });
  const { db, hub } = opened;
  const app = createApp({
    db,
    replica,
    hub,
    registry: defaultRegistry,
    runner: null,
    clock,
    log,
    authenticate: async (request) => /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? null,
    serviceKey: undefined,
    ready: async () => ({ database: true, migrations: true, listener: opened.listening() }),
    guard: 'none',
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  await once(server, 'listening');
  await vi.waitUntil(opened.listening, { timeout: 60_000 });
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    app,
    db,
    hub,
    server,
    logged,
    listening: opened.listening,
    async close() {
      hub.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await opened.close();
      await db.close();
    },
  };
}

export interface SyncServerOn extends SyncServer {
  engine: TestEngine;
}

/** An API process on a new database of either kind. */
export async function startSyncServerOn(kind: Database['kind'], clock?: Clock): Promise<SyncServerOn> {
  let engine = kind === 'postgres' ? await openTestPostgres() : undefined;
  const open = async (onAppended: OnAppended) => {
    if (engine) return poolOn(engine.url)(onAppended);
    engine = await openTestPglite(onAppended);
    return engine.db;
  };
  const server = await startSyncServer(open, clock);
  return {
    ...server,
    engine: engine as TestEngine,
    async close() {
      await server.close();
      if (kind === 'postgres') await engine?.close();
    },
  };
}

/** A pool of its own on a Postgres, as another process would have it. */
export function poolOn(connectionString: string) {
  return async (onAppended?: OnAppended) =>
    openPostgres({ connectionString, poolSize: 10, onAppended, onError: () => {} });
}

export interface RawStream {
  status: number;
  headers: Headers;
  /** All that has arrived. */
  text(): string;
  /** The changes in it, in their order. */
  changes(): WireChange[];
  /** The cursor that a client would resume from; null when there is none yet. */
  cursor(): string | null;
  /** Waits until what has arrived is as wanted. The body's end, wanted or not, ends the wait. */
  until(isThere: (stream: RawStream) => boolean): Promise<void>;
  /** `end` when the service has ended it, `error` when it broke off. */
  ended: Promise<'end' | 'error'>;
  /** As a client that goes away. */
  close(): void;
}

/** Opens a stream and gathers what comes. */
export async function openRawStream(
  url: string,
  user: string,
  query = '',
  headers: Record<string, string> = {},
  /** Null: of all applications. */
  appId: string | null = 'todo',
): Promise<RawStream> {
  const connection = new AbortController();
  const response = await fetch(`${url}/sync${appId === null ? '' : `/${appId}`}/stream${query}`, {
    headers: { Authorization: `Bearer ${user}`, ...headers },
    signal: connection.signal,
  });
  let text = '';
  /** Of the text what is not parsed yet: to look through all of it for each chunk would take minutes for some megabytes. */
  let rest = '';
  let cursor: string | null = null;
  const changes: WireChange[] = [];
  let isOver = false;
  let arrived = () => {};
  const stream: RawStream = {
    status: response.status,
    headers: response.headers,
    text: () => text,
    changes: () => [...changes],
    cursor: () => cursor,
    async until(isThere) {
      while (!isThere(stream)) {
        if (isOver) throw new Error(`the stream ended with:\n${text.slice(-2_000)}`);
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
    ended: gather(),
    close: () => connection.abort(),
  };
  return stream;

  /** Whatever has come whole. */
  function parse(): void {
    const end = rest.lastIndexOf('\n\n');
    for (const event of end < 0 ? [] : rest.slice(0, end).split('\n\n')) {
      for (const line of event.split('\n')) {
        if (line.startsWith('id: ')) cursor = line.slice(4);
        if (line.startsWith('data: ')) changes.push(...(JSON.parse(line.slice(6)) as PullAnswer).serverChanges);
      }
    }
    if (end >= 0) rest = rest.slice(end + 2);
  }

  async function gather(): Promise<'end' | 'error'> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        const part = decoder.decode(chunk, { stream: true });
        text += part;
        rest += part;
        if (part.includes('\n')) parse();
        arrived();
      }
      return 'end';
    } catch {
      return 'error';
    } finally {
      isOver = true;
      arrived();
    }
  }
}

export interface PushOptions {
  clientId?: string;
  appId?: string;
}

/** Pushes tasks with these ids; throws unless they are accepted. */
export async function pushTasks(url: string, user: string, ids: string[], over: PushOptions = {}): Promise<void> {
  const { clientId = 'writer', appId = 'todo' } = over;
  const changes = ids.map((id) => ({ eventId: `event-${id}`, table: 'tasks', id, op: 'insert', data: { title: id } }));
  const response = await fetch(`${url}/sync/${appId}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${user}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ clientId, changes }),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}
