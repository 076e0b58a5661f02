import type { ClientTime } from '../../client/follow-stream.ts';
import type { BrowserStorage } from './database.ts';
import type { Network } from './run-sync.ts';

/** Lets one tab of a browser at a time do something; a subset of `navigator.locks`. */
export interface Locks {
  /** Calls `hold` when nobody else holds the name; rejects with the signal's reason when that comes first. */
  request(name: string, options: { signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>;
}

/** All that a replica needs of the device. */
export interface Platform {
  storage: BrowserStorage;
  locks: Locks;
  network: Network;
  fetch: typeof fetch;
  time: ClientTime;
  /** The device's clock, in milliseconds. */
  now(): number;
  /** A new id that nobody else makes. */
  newId(): string;
  /** Faults of the program. */
  onError(error: unknown): void;
}
