import type { Locks } from '../../../src/web/replica/platform.ts';

/** What of IndexedDB is watched. */
export interface Factory {
  open(name: string, version?: number): OpenRequest;
}
interface OpenRequest {
  result: { transaction: (stores: string[], mode: string, options?: object) => Transaction };
  addEventListener(type: 'success', listener: () => void): void;
}

export interface Transaction {
  dispatchEvent(event: { type: string }): boolean;
  /** How fake-indexeddb undoes a transaction and tells why. */
  _abort(errorName: string): void;
  objectStore(name: string): Record<'put' | 'add', (...args: unknown[]) => unknown>;
}

/**
 * What a tab does to the world, step by step: each request that goes out, each answer that comes in, each transaction that
 * begins. When its life ends nothing more happens, as when the browser is killed: what it waits for never comes.
 */
export interface Life {
  isAlive(): boolean;
  /** Called before each step; may end the life. */
  onStep: (step: string) => void;
  /** Sees each transaction that writes, when it begins. */
  onWriting: (transaction: Transaction) => void;
  end(): void;
  ended: Promise<void>;
  step(step: string): void;
  /** What comes of something, while it lives. */
  outcome<T>(promise: Promise<T>): Promise<T>;
  factory(factory: Factory): Factory;
  locks(locks: Locks): Locks;
}

export function newLife(): Life {
  let alive = true;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const never = new Promise<never>(() => {});
  const life: Life = {
    isAlive: () => alive,
    onStep: () => {},
    onWriting: () => {},
    end() {
      alive = false;
      end();
    },
    ended,
    step(step) {
      if (alive) life.onStep(step);
    },
    outcome: (promise) =>
      promise.then(
        (value) => (alive ? value : never),
        (error) => {
          if (!alive) return never;
          throw error;
        },
      ),
    factory: (factory) => watchTransactions(factory, life),
    locks: (locks) => ({
      request: (name, options, hold) => locks.request(name, options, () => Promise.race([hold(), ended])),
    }),
  };
  return life;
}

/** A factory whose databases begin no transaction after the end. */
function watchTransactions(factory: Factory, life: Life): Factory {
  return new Proxy(factory, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'open') return value.bind(target);
      return (...args: Parameters<Factory['open']>) => {
        const request = target.open(...args);
        request.addEventListener('success', () => {
          const database = request.result;
          const begin = database.transaction.bind(database);
          database.transaction = (stores, mode, options) => {
            if (mode === 'readwrite') life.step('write');
            if (!life.isAlive()) throw new Error('this tab is dead');
            const transaction = begin(stores, mode, options);
            if (mode === 'readwrite') life.onWriting(transaction);
            return transaction;
          };
        });
        return request;
      };
    },
  });
}
