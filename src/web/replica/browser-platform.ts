import type { BrowserStorage } from './database.ts';
import type { Locks, Platform } from './platform.ts';

/** What of a page is used; a page that is not served securely has no locks. */
interface Page {
  indexedDB: BrowserStorage['indexedDB'];
  IDBKeyRange: BrowserStorage['IDBKeyRange'];
  navigator: { onLine: boolean; locks?: Locks };
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The device as a page of a browser sees it. */
export function browserPlatform(): Platform {
  const page = globalThis as unknown as Page;
  return {
    storage: page,
    locks: page.navigator.locks ?? everyTabLeads,
    network: {
      isOnline: () => page.navigator.onLine,
      onChange(callback) {
        for (const type of ['online', 'offline']) page.addEventListener(type, callback);
        return () => {
          for (const type of ['online', 'offline']) page.removeEventListener(type, callback);
        };
      },
    },
    fetch: (input, init) => fetch(input, init),
    time: {
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    },
    now: Date.now,
    newId,
    onError: (error) => console.error(error),
  };
}

/** Where tabs cannot agree each syncs: more traffic, and the same result, since a page is stored only where it follows. */
const everyTabLeads: Locks = { request: (_name, _options, hold) => hold() };

/** Not randomUUID, which a page that is not served securely does not have. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
