import { Dexie } from 'dexie';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { vi } from 'vitest';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import type { SyncState } from '../../../src/core/sync/sync-state.ts';
import { PATIENCE_MS } from '../../../src/web/replica/connect-service.ts';
import { databaseName, openDatabase, type ReplicaDatabase } from '../../../src/web/replica/database.ts';
import { openReplica, type Replica, type ReplicaOptions } from '../../../src/web/replica/open-replica.ts';
import type { Locks, Platform } from '../../../src/web/replica/platform.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type Factory, type Life, newLife } from './life.ts';

/** Sees a request before it goes out, and may answer in the service's place, or do something with its answer. */
export type Intercept = (request: Sent, send: () => Promise<Response>) => Promise<Response>;

export interface Sent {
  method: string;
  path: string;
  body: string | undefined;
  /** When it is given up. */
  signal: AbortSignal;
}

export interface Tab extends Replica {
  db: ReplicaDatabase;
  /** Waits until the tab's sync is in a state. */
  untilState(name: SyncState['name'], reason?: SyncState['reason']): Promise<void>;
  /** Waits until all is pushed and has come back. */
  untilSynced(): Promise<void>;
  /** As when the browser is killed: nothing more of this tab happens, and nothing is said to anybody. */
  crash(): void;
}

/** A browser profile with storage, network and clock of its own, in which tabs are opened. */
export interface Device {
  baseUrl: string;
  userId: string;
  /** Where its clock stands, apart from the real time. */
  skewMs: number;
  /** As a browser without locks. */
  everyTabLeads: boolean;
  /** What has gone wrong that nobody expects. */
  errors: unknown[];
  /** Passes the time that is waited for between two tries. */
  passTime(ms: number): void;
  /** How long it is waited for another try, in milliseconds. */
  waits(): number[];
  isOnline(): boolean;
  goOffline(): void;
  goOnline(): void;
  intercept: Intercept;
  /** All that went out. */
  requests: Sent[];
  openTab(options?: Partial<ReplicaOptions>, life?: Life): Promise<Tab>;
  close(): Promise<void>;
}

// Live queries are dead where Dexie finds no browser.
Dexie.dependencies.indexedDB = new IDBFactory();

/** The watches for a stream that is silent, and for a request without an answer. */
const WATCHES = [45_000, PATIENCE_MS];
let devices = 0;

export function newDevice(serviceUrl: string, userId: string): Device {
  devices += 1;
  const baseUrl = `http://device-${devices}.test`;
  const indexedDB = new IDBFactory();
  const locks = createLocks();
  const clock = fakeClock();
  const waiting = new Set<{ ms: number }>();
  const listeners = new Set<() => void>();
  const inFlight = new Set<AbortController>();
  const tabs = new Set<Tab>();
  let online = true;
  let ids = 0;

  const device: Device = {
    baseUrl,
    userId,
    skewMs: 0,
    everyTabLeads: false,
    errors: [],
    passTime: (ms) => clock.advance(ms),
    waits: () => [...waiting].map(({ ms }) => ms),
    isOnline: () => online,
    goOffline() {
      online = false;
      for (const connection of [...inFlight]) connection.abort();
      for (const listener of [...listeners]) listener();
    },
    goOnline() {
      online = true;
      for (const listener of [...listeners]) listener();
    },
    intercept: (_, send) => send(),
    requests: [],
    openTab,
    async close() {
      await Promise.all([...tabs].map((tab) => tab.close()));
    },
  };

  function doFetch(life: Life, input: unknown, init: RequestInit = {}): Promise<Response> {
    const url = new URL(String(input));
    const connection = new AbortController();
    inFlight.add(connection);
    const signal = AbortSignal.any([connection.signal, ...(init.signal ? [init.signal] : [])]);
    const request = { method: init.method ?? 'GET', path: url.pathname, body: init.body?.toString(), signal };
    device.requests.push(request);
    return device.intercept(request, async () => {
      if (!online) throw new TypeError('fetch failed');
      life.step(`send ${request.method} ${request.path}`);
      if (!life.isAlive()) throw new TypeError('this tab is dead');
      const response = await fetch(`${serviceUrl}${url.pathname}${url.search}`, { ...init, signal });
      life.step(`answer ${request.method} ${request.path}`);
      return response;
    });
  }

  function platformOf(life: Life): Platform {
    return {
      storage: { indexedDB: life.factory(indexedDB as unknown as Factory), IDBKeyRange },
      locks: device.everyTabLeads ? { request: (_name, _options, hold) => hold() } : life.locks(locks),
      network: {
        isOnline: () => online,
        onChange(callback) {
          listeners.add(callback);
          return () => void listeners.delete(callback);
        },
      },
      fetch: (input, init) => life.outcome(doFetch(life, input, init)),
      time: {
        after(ms, callback) {
          const wait = { ms };
          if (!WATCHES.includes(ms) && life.isAlive()) waiting.add(wait);
          const cancel = clock.after(ms, () => {
            waiting.delete(wait);
            if (life.isAlive()) callback();
          });
          return () => {
            waiting.delete(wait);
            cancel();
          };
        },
        random: () => 1,
      },
      now: () => Date.now() + device.skewMs,
      newId: () => `${baseUrl.slice(7)}-${++ids}`,
      onError: (error) => {
        if (life.isAlive()) device.errors.push(error);
      },
    };
  }

  async function openTab(options: Partial<ReplicaOptions> = {}, life = newLife()): Promise<Tab> {
    const db = openDatabase(databaseName(baseUrl, options.userId ?? userId), { indexedDB, IDBKeyRange });
    db.on('versionchange', () => {
      db.close();
      return false;
    });
    const platform = platformOf(life);
    const replica = await life.outcome(
      openReplica({ baseUrl, userId, token: () => userId, registry: defaultRegistry, platform, ...options }),
    );
    const tab: Tab = {
      ...replica,
      db,
      untilState: (name, reason) =>
        until(() => {
          const state = replica.syncState();
          return state.name === name && (reason === undefined || state.reason === reason);
        }),
      untilSynced: () => until(async () => (await db.outbox.count()) === 0 && replica.syncState().name === 'live'),
      crash() {
        life.end();
        tabs.delete(tab);
        db.close();
        for (const connection of [...inFlight]) connection.abort();
        waiting.clear();
      },
      async close() {
        tabs.delete(tab);
        await replica.close();
        db.close();
      },
    };
    tabs.add(tab);
    return tab;
  }

  return device;
}

/** Waits for what nobody tells of. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 60_000, interval: 5 });
}

/** A stream that is open and says nothing. */
export function silentStream(signal: AbortSignal): Response {
  const body = new ReadableStream({
    start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

/** What `navigator.locks` is for a browser profile. */
function createLocks(): Locks {
  let last: Promise<void> = Promise.resolve();
  return {
    async request(_name, { signal }, hold) {
      const turn = last;
      let done = () => {};
      last = new Promise<void>((resolve) => {
        done = resolve;
      });
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      try {
        await Promise.race([turn, aborted]);
        await hold();
      } finally {
        // Whoever gave up waiting passes the turn on when it would have come.
        void turn.then(done);
      }
    },
  };
}
