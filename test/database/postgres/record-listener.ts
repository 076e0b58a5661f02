import { EventEmitter, once } from 'node:events';
import type { Listener } from '../../../src/database/database.ts';
import { type ListenPostgresOptions, listenPostgres } from '../../../src/database/postgres/listen.ts';

export type Heard =
  | { kind: 'connected' }
  | { kind: 'notify'; channel: string; payload: string }
  | { kind: 'error'; error: Error };

export interface RecordedListener extends Listener {
  /** What was heard and not yet asked for. */
  heard: Heard[];
  /** Waits for the next event of a kind, and forgets those before it. */
  next<Kind extends Heard['kind']>(kind: Kind): Promise<Extract<Heard, { kind: Kind }>>;
}

type Callbacks = 'onNotify' | 'onConnected' | 'onError';
type Options = Omit<ListenPostgresOptions, Callbacks> & Partial<Pick<ListenPostgresOptions, Callbacks>>;

/** Starts a listener and records what it tells, so that a test can wait for it. Callbacks given are called as well. */
export async function recordListener(options: Options): Promise<RecordedListener> {
  const heard: Heard[] = [];
  const arrivals = new EventEmitter();
  const hear = (event: Heard) => {
    heard.push(event);
    arrivals.emit('heard');
  };
  const listener = await listenPostgres({
    ...options,
    onNotify(channel, payload) {
      hear({ kind: 'notify', channel, payload });
      return options.onNotify?.(channel, payload);
    },
    onConnected() {
      hear({ kind: 'connected' });
      return options.onConnected?.();
    },
    onError(error) {
      hear({ kind: 'error', error });
      return options.onError?.(error);
    },
  });
  return {
    ...listener,
    heard,
    async next<Kind extends Heard['kind']>(kind: Kind) {
      for (;;) {
        const index = heard.findIndex((event) => event.kind === kind);
        if (index >= 0) return heard.splice(0, index + 1).at(-1) as Extract<Heard, { kind: Kind }>;
        await once(arrivals, 'heard');
      }
    },
  };
}
