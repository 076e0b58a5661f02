import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import pgListen, { type Subscriber } from 'pg-listen';

export interface ListenConnectionOptions {
  connectionString: string;
  channels: string[];
  canaryMs: number;
  timeoutMs: number;
  /** Ends the connection. */
  signal: AbortSignal;
  onNotify(channel: string, payload: string): void;
  /** LISTEN is in force on every channel, and a notification came through. */
  onReady(): void;
}

const FAREWELL_MS = 1_000;

/**
 * One listening connection, from connecting to its end: returns when the signal ends it, throws when it is lost or
 * was never made. Either way it is closed by then.
 *
 * pg-listen's own reconnecting is switched off, and a lost connection is replaced by a new subscriber. Its own gives
 * up after 3 s by default; does not cover the first connection; can leave a backend behind when it is closed
 * meanwhile; stays connected but deaf when LISTEN fails after it (a standby, for one); and returns all its clients at
 * the same time. (`retryLimit: 1` means no attempt; 0 and undefined mean no limit.)
 */
export async function holdListenConnection(options: ListenConnectionOptions): Promise<void> {
  const { timeoutMs } = options;
  // A socket of ours: pg-listen shows neither its client nor its socket, and only destroying that ends a connection
  // whose other side is silent, or that is still being made.
  const socket = new Socket();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const connection = {
    connectionString: options.connectionString,
    application_name: 'pg-missions-listener',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    stream: () => socket,
  };
  // The end of this connection, for whatever reason.
  const over = new AbortController();
  const endOnRequest = () => over.abort();
  options.signal.addEventListener('abort', endOnRequest);
  try {
    const subscriber = pgListen.default(connection, {
      retryLimit: 1,
      paranoidChecking: false, // the canary asks more of the connection
      parse: (payload) => payload,
    });
    let ready = false;
    const onReady = () => {
      ready = true;
      options.onReady();
    };
    const listening = listen(subscriber, { ...options, onReady, signal: over.signal });
    await Promise.race([aborted(over.signal), loss(subscriber, socket), listening]);
    if (ready) await Promise.race([subscriber.close(), delay(FAREWELL_MS, undefined, { ref: false })]);
  } finally {
    options.signal.removeEventListener('abort', endOnRequest);
    over.abort();
    socket.destroy();
    await closed;
  }
}

/** Connects, listens, and proves again and again that it hears; throws as soon as any of it fails. */
async function listen(subscriber: Subscriber, options: ListenConnectionOptions): Promise<never> {
  const { channels, signal, canaryMs, timeoutMs } = options;
  const canary = `canary_${randomBytes(8).toString('hex')}`;
  await subscriber.connect().catch((cause) => {
    throw new Error('could not connect to Postgres to listen', { cause });
  });
  for (const channel of channels) {
    subscriber.notifications.on(channel, (payload?: string) => options.onNotify(channel, payload ?? ''));
  }
  // One after the other: pg deprecates a query that is queued behind another.
  for (const channel of [...channels, canary]) await subscriber.listenTo(channel)?.catch(refuseStandby);
  const hear = (notify: () => Promise<unknown>) => proveHearing(subscriber, canary, notify, timeoutMs);
  await hear(() => notifyFromOutside(canary, options));
  options.onReady();
  for (;;) {
    await delay(canaryMs, undefined, { signal, ref: false });
    await hear(() => subscriber.notify(canary, undefined));
  }
}

const READ_ONLY_TRANSACTION = '25006';

/**
 * A server in recovery refuses LISTEN, and refuses it for no other reason with this code: so the very connection that
 * is to listen is also the one that is asked, and there is no need to ask `pg_is_in_recovery()` beside it.
 */
function refuseStandby(cause: unknown): never {
  if (cause instanceof Error && 'code' in cause && cause.code === READ_ONLY_TRANSACTION) {
    throw new Error('this server is a standby, which does not notify: listen to the primary', { cause });
  }
  throw cause;
}

/** A notification, there and back. The server may answer queries and still not notify this connection. */
async function proveHearing(
  subscriber: Subscriber,
  canary: string,
  notify: () => Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  const heard = new Promise<void>((resolve) => subscriber.notifications.once(canary, () => resolve()));
  await notify();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(DEAF)), timeoutMs).unref();
  });
  await Promise.race([heard, silence]).finally(() => clearTimeout(timer));
}

/** Through a transaction pooler a connection often hears itself, but never another: whoever notifies gets the notification. */
async function notifyFromOutside(
  canary: string,
  { connectionString, timeoutMs }: Pick<ListenConnectionOptions, 'connectionString' | 'timeoutMs'>,
): Promise<void> {
  const client = new pg.Client({
    connectionString,
    application_name: 'pg-missions-canary',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // What breaks the connection is told by the query that it breaks.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select pg_notify($1, $2)', [canary, '']);
  } finally {
    await client.end();
  }
}

const DEAF =
  'the connection does not hear what is notified: LISTEN needs a direct connection (DATABASE_DIRECT_URL), not a transaction pooler';

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Rejects when the connection is gone; later than a query that fails for the same reason and can say more. */
function loss(subscriber: Subscriber, socket: Socket): Promise<never> {
  return new Promise((_, reject) => {
    let cause: unknown;
    socket.once('error', (error) => {
      cause = error;
    });
    const lose = () =>
      setImmediate(() => reject(new Error('the listening connection to Postgres was lost', { cause })));
    subscriber.events.on('error', lose);
    socket.once('close', lose);
  });
}
