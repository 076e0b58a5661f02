import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

export interface TcpProxy {
  port: number;
  /** Keeps connections and accepts new ones, but forwards nothing: the network that swallows. */
  blackhole(): void;
  /** Resets every connection, on both sides. */
  cut(): void;
  /** Refuses new connections; those that exist go on. */
  refuse(): void;
  /** Hands on what comes so much later, and only then what comes behind it. */
  delay(ms: number): void;
  /** Hands on whatever comes in so many pieces, each on a turn of the event loop of its own. */
  drip(pieces: number): void;
  /**
   * Resets one side of each connection and does not tell the other, which is kept: what it sends is swallowed, and it hears
   * nothing. New connections are as ever. Returns how many there were.
   */
  halfOpen(kept: 'client' | 'server'): number;
  /** How often something came that a half-open connection swallowed. */
  swallowed(): number;
  /** Looks at what clients send, as it comes, until null is set. */
  watch(look: ((bytes: Buffer) => Verdict) | null): void;
  /** Where connections lead from now on; those that exist stay where they are. */
  leadTo(targetPort: number): void;
  /** Accepts and forwards again, at once and also what was held back meanwhile; resets what is half-open. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** `cut_before`: the connection is reset and the bytes are lost; `cut_after`: they arrive, and the answer is lost. */
export type Verdict = 'forward' | 'cut_before' | 'cut_after';

export interface TcpProxyOptions {
  /** What a client gets instead of the bytes that the server sent. */
  fromServer?(bytes: Buffer): Buffer;
}

interface Pair {
  client: Socket;
  server: Socket;
  /** What the server sends passes through this, what the client sends through the other. */
  filter: Transform;
  watched: Transform;
}

/** A TCP proxy on the loopback interface before `targetPort`, for what a network does to a connection. */
export async function startTcpProxy(targetPort: number, options: TcpProxyOptions = {}): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  /** The sides that were not told. */
  const orphans = new Set<Socket>();
  let holding = false;
  let swallowed = 0;
  let pace: Pace = {};
  let look: ((bytes: Buffer) => Verdict) | null = null;
  let target = targetPort;
  let listener = await listen(0, accept);
  const { port } = listener.address() as { port: number };

  function accept(client: Socket): void {
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const isLost = { answer: false };
    const reset = () => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const filter = filterWith(paced, (bytes) => {
      if (!isLost.answer) return options.fromServer === undefined ? bytes : options.fromServer(bytes);
      reset();
      return null;
    });
    const watched = filterWith(paced, (bytes) => {
      const verdict = look?.(bytes) ?? 'forward';
      if (verdict === 'cut_before') reset();
      isLost.answer ||= verdict === 'cut_after';
      return verdict === 'cut_before' ? null : bytes;
    });
    const pair = { client, server, filter, watched };
    pairs.add(pair);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy()); // the other side learns of it below
      socket.once('close', () => {
        orphans.delete(socket);
        if (!holding && !orphans.has(other)) other.destroy();
        if (client.destroyed && server.destroyed) pairs.delete(pair);
      });
    }
    if (!holding) join(pair);
  }

  async function paced(bytes: Buffer, hand: (piece: Buffer) => void): Promise<void> {
    if (pace.delayMs !== undefined) await delay(pace.delayMs);
    for (let at = 0; at < bytes.length; ) {
      const end = at + Math.ceil(bytes.length / (pace.pieces ?? 1));
      hand(bytes.subarray(at, end));
      at = end;
      if (pace.pieces !== undefined) await nextTurn();
    }
  }

  function cut(): void {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  return {
    port,
    cut,
    blackhole() {
      holding = true;
      for (const pair of pairs) {
        part(pair);
        pair.client.pause();
        pair.server.pause();
      }
    },
    refuse() {
      listener.close();
    },
    delay(ms) {
      pace = { delayMs: ms };
    },
    drip(pieces) {
      pace = { pieces };
    },
    halfOpen(kept) {
      let opened = 0;
      for (const pair of pairs) {
        const [deaf, told] = kept === 'client' ? [pair.client, pair.server] : [pair.server, pair.client];
        if (deaf.destroyed || told.destroyed) continue;
        orphans.add(deaf);
        part(pair);
        deaf.on('data', () => {
          swallowed += 1;
        });
        told.resetAndDestroy();
        opened += 1;
      }
      return opened;
    },
    swallowed: () => swallowed,
    watch(given) {
      look = given;
    },
    leadTo(port) {
      target = port;
    },
    async resume() {
      pace = {};
      for (const deaf of orphans) deaf.resetAndDestroy();
      if (!listener.listening) listener = await listen(port, accept);
      if (!holding) return;
      holding = false;
      for (const pair of pairs) {
        if (pair.client.destroyed || pair.server.destroyed) {
          pair.client.destroy();
          pair.server.destroy();
        } else {
          join(pair);
        }
      }
    },
    async close() {
      const open = listener.listening;
      listener.close();
      cut();
      if (open) await once(listener, 'close');
    },
  };
}

function join({ client, server, filter, watched }: Pair): void {
  client.pipe(watched).pipe(server);
  server.pipe(filter).pipe(client);
}

function part({ client, server, filter, watched }: Pair): void {
  for (const stream of [client, server, filter, watched]) stream.unpipe();
}

/** How what comes is handed on; empty: at once and as it is. */
interface Pace {
  delayMs?: number;
  pieces?: number;
}

type HandOn = (bytes: Buffer, hand: (piece: Buffer) => void) => Promise<void>;

/** Null: nothing goes on. */
function filterWith(handOn: HandOn, change: (bytes: Buffer) => Buffer | null): Transform {
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      const changed = change(bytes);
      if (changed === null) done();
      else handOn(changed, (piece) => void this.push(piece)).then(() => done(), done);
    },
  });
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, accept).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
