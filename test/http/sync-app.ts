import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { systemClock } from '../../src/clock.ts';
import type { LoggedChange } from '../../src/core/log/change.ts';
import { type FoldedRecord, foldChange } from '../../src/core/log/merge.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { toFoldableChange, type WireChange } from '../../src/core/sync/wire.ts';
import { type Database, userSession } from '../../src/database/database.ts';
import type { App } from '../../src/http/app.ts';
import { createApp } from '../../src/http/create-app.ts';
import { createChangeHub } from '../../src/sync/change-hub.ts';
import { readHeads } from '../../src/sync/read-heads.ts';
import { canonical } from '../core/log/histories.ts';

/** The HTTP service on a database, without a runner. The header X-Test-User says who it is. */
export function syncApp(db: Database): App {
  const log = pino({ level: 'silent' });
  return createApp({
    db,
    hub: createChangeHub({ clock: systemClock, log, readHeads: (userIds) => readHeads(db, userIds) }),
    registry: defaultRegistry,
    runner: null,
    clock: systemClock,
    log,
    authenticate: async (request) => request.headers.get('x-test-user'),
    serviceKey: undefined,
    ready: async () => ({ database: true, migrations: true, listener: true }),
    guard: 'none',
  });
}

export interface SyncAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  body: any;
}

export interface SyncClient {
  push(changes: object[], over?: object): Promise<SyncAnswer>;
  /** `headers` bear the client's id unless a test says otherwise. */
  pull(query?: string, headers?: Record<string, string>): Promise<SyncAnswer>;
}

/** `appId` null: of all applications, to pull only. */
export function syncClient(app: App, userId: string, clientId: string, appId: string | null = 'todo'): SyncClient {
  const base = appId === null ? '/sync' : `/sync/${appId}`;
  const send = async (path: string, init: RequestInit): Promise<SyncAnswer> => {
    const response = await app.request(path, init);
    return { status: response.status, body: await response.json() };
  };
  return {
    push: (changes, over = {}) =>
      send(base, {
        method: 'POST',
        headers: { 'X-Test-User': userId, 'Content-Type': 'application/json' },
        body: JSON.stringify({ clientId, changes, ...over }),
      }),
    pull: (query = '', headers = { 'X-Client-Id': clientId }) =>
      send(`${base}/pull${query}`, { headers: { 'X-Test-User': userId, ...headers } }),
  };
}

/** The user's whole log, in order. */
export function readLog(db: Database, userId: string): Promise<LoggedChange[]> {
  return db.run<LoggedChange>(
    userSession(userId),
    sql`select id, app_id as "appId", table_name as "tableName", record_id as "recordId", op, data, actor, position,
               field_timestamps as "fieldTimestamps", client_id as "clientId", schema_version as "schemaVersion"
        from sync_changes order by position`,
  );
}

/** The records of an application as the database holds them, as one text. */
export async function recordsHeld(db: Database, userId: string, appId: string): Promise<string> {
  const rows = await db.run<FoldedRecord & { key: string }>(
    userSession(userId),
    sql`select concat_ws('/', table_name, record_id) as key, data, field_meta as "fieldMeta",
               format_stamp(deleted_at) as "deletedAt", first_position as "firstPosition", last_position as "lastPosition"
        from records where app_id = ${appId}`,
  );
  return canonical(Object.fromEntries(rows.map(({ key, ...record }) => [key, record])));
}

/** The records that a replica holds which folded these changes, as one text. */
export function recordsFolded(changes: WireChange[]): string {
  const records = new Map<string, FoldedRecord>();
  for (const change of changes) {
    const key = `${change.table}/${change.id}`;
    records.set(key, foldChange(records.get(key), toFoldableChange(change)));
  }
  return canonical(Object.fromEntries(records));
}
