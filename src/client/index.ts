/** The client library, `pg-missions/client`: for browsers and Node, with no dependency and no framework. */
export type { Conflict, PullAnswer, PushAnswer, PushedChange, WireChange } from '../core/sync/wire.ts';
export { type Client, createClient, type PullOptions } from './create-client.ts';
export { CursorAheadError, SyncError } from './errors.ts';
export type { ClientTime, StreamBatch, StreamOptions } from './follow-stream.ts';
export type { ClientOptions } from './request.ts';
export type { SyncOnceOptions, SyncResult } from './sync-once.ts';
