import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface TcpProxy {
  port: number;
  /** Keeps connections and accepts new ones, but forwards nothing: the network that swallows. */
  blackhole(): void;
  /** Resets every connection, on both sides. */
  cut(): void;
  /** Refuses new connections; those that exist go on. */
  refuse(): void;
  /** Looks at what clients send, as it comes, until null is set. */
  watch(look: ((bytes: Buffer) => Verdict) | null): void;
  /** Where connections lead from now on; those that exist stay where they are. */
  leadTo(targetPort: number): void;
  /** Accepts and forwards again, also what was held back meanwhile. */
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
  let holding = false;
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
    const filter = filterWith((bytes) => {
      if (!isLost.answer) return options.fromServer === undefined ? bytes : options.fromServer(bytes);
      reset();
      return null;
    });
    const watched = filterWith((bytes) => {
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
        if (!holding) other.destroy();
        if (client.destroyed && server.destroyed) pairs.delete(pair);
      });
    }
    if (!holding) join(pair);
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
      for (const { client, server, filter, watched } of pairs) {
        client.unpipe();
        server.unpipe();
        filter.unpipe();
        watched.unpipe();
        client.pause();
        server.pause();
      }
    },
    refuse() {
      listener.close();
    },
    watch(given) {
      look = given;
    },
    leadTo(port) {
      target = port;
    },
    async resume() {
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

/** Null: nothing goes on. */
function filterWith(change: (bytes: Buffer) => Buffer | null): Transform {
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      const changed = change(bytes);
      if (changed === null) done();
      else done(null, changed);
    },
  });
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, accept).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
