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
  /** Accepts and forwards again, also what was held back meanwhile. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

export interface TcpProxyOptions {
  /** What a client gets instead of the bytes that the server sent. */
  fromServer?(bytes: Buffer): Buffer;
}

interface Pair {
  client: Socket;
  server: Socket;
  filter: Transform;
}

/** A TCP proxy on the loopback interface before `targetPort`, for what a network does to a connection. */
export async function startTcpProxy(targetPort: number, options: TcpProxyOptions = {}): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let holding = false;
  let listener = await listen(0, accept);
  const { port } = listener.address() as { port: number };

  function accept(client: Socket): void {
    const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const pair = { client, server, filter: filterWith(options.fromServer) };
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
      for (const { client, server, filter } of pairs) {
        client.unpipe();
        server.unpipe();
        filter.unpipe();
        client.pause();
        server.pause();
      }
    },
    refuse() {
      listener.close();
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

function join({ client, server, filter }: Pair): void {
  client.pipe(server);
  server.pipe(filter).pipe(client);
}

function filterWith(change: TcpProxyOptions['fromServer']): Transform {
  return new Transform({
    transform: (bytes: Buffer, _encoding, done) => done(null, change === undefined ? bytes : change(bytes)),
  });
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, accept).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
