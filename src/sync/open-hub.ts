import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database, OnAppended } from '../database/database.ts';
import { shareListener } from '../database/share-listener.ts';
import { describeError } from '../describe-error.ts';
import { createChangeAnnouncer, LOG_CHANGED } from './announce-changes.ts';
import { type ChangeHub, createChangeHub } from './change-hub.ts';
import { readHeads } from './read-heads.ts';

export interface OpenedHub {
  /** With one listening connection, however many listen. */
  db: Database;
  hub: ChangeHub;
  /** Whether the connection that hears of other processes stands. */
  listening(): boolean;
  /** Ends the streams, tells what is still to be told, and stops listening; the database stays open. */
  close(): Promise<void>;
}

export interface OpenHubOptions {
  clock: Clock;
  log: Logger;
  /** Those that others (the runner) listen to on the same connection. */
  channels?: string[];
  /** Streams read from a replica. */
  readsLag?: boolean | undefined;
}

/**
 * Opens a database and joins its fan-out of changes: what is appended through it is told to the followers in this process
 * and to the other processes, and what they and plain SQL writers append is told to the followers here.
 */
export async function openHub(
  open: (onAppended: OnAppended) => Promise<Database>,
  { clock, log, channels = [], readsLag }: OpenHubOptions,
): Promise<OpenedHub> {
  const hub = createChangeHub({ clock, log, readsLag, readHeads: (userIds) => readHeads(db, userIds) });
  const announcer = createChangeAnnouncer({
    hub,
    send: (payload) => db.notifyOthers(LOG_CHANGED, payload),
    clock,
    log,
  });
  const db: Database = shareListener(await open(announcer.announce), [LOG_CHANGED, ...channels]);
  const listener = await db.listen([LOG_CHANGED], {
    onNotify: (_, payload) => announcer.hear(payload),
    onConnected: announcer.listening,
    onError: (error) =>
      log.warn({ failure: describeError(error) }, 'streams may lag by a heartbeat: the listener is reconnecting'),
  });
  return {
    db,
    hub,
    listening: () => listener.connected(),
    async close() {
      hub.close();
      await announcer.close();
      await listener.close();
    },
  };
}
