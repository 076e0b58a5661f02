import type { JsonObject } from '../json.ts';
import type { Actor } from './actor.ts';

export type Op = 'insert' | 'update' | 'delete';

/** The version of the shape of `data` that this build writes. */
export const SCHEMA_VERSION = 1;

/** The client id of changes that the service itself writes. */
export const SERVER_CLIENT_ID = 'server';

/** A change as a writer hands it to the log; the log fills in what is absent (event id, times, position). */
export interface Change {
  /** The event id. Absent: the log makes one. The same id again is a no-op, with another body it is refused. */
  id?: string;
  appId: string;
  tableName: string;
  recordId: string;
  op: Op;
  data: JsonObject;
  /** For each field its time, ISO 8601. A field without one gets the time of its arrival. */
  fieldTimestamps?: Record<string, string>;
  clientId?: string;
  schemaVersion?: number;
  actor: Actor;
}

/** A change as the log holds it: complete, its times normalised to `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
export interface LoggedChange extends Required<Change> {
  userId: string;
  /** Contiguous per user from 1, in commit order. */
  position: number;
  createdAt: string;
}
