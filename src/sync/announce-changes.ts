import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { describeError } from '../describe-error.ts';
import type { ChangeHub } from './change-hub.ts';

/** The channel of the hints that logs have grown. A payload is a JSON array of user ids. */
export const LOG_CHANGED = 'log_changed';

export interface ChangeAnnouncer {
  /** This process has appended to the user's log, and the commit is done. */
  announce(userId: string): void;
  /** A payload of LOG_CHANGED has arrived: from another process, from the log's trigger, or from anybody. */
  hear(payload: string): void;
  /** LISTEN is in force, at first or again. What was notified in between is lost. */
  listening(): void;
  /** Sends what is still to be sent. */
  close(): Promise<void>;
}

export interface ChangeAnnouncerOptions {
  hub: Pick<ChangeHub, 'wake' | 'checkHeads'>;
  /** Notifies the other processes. */
  send(payload: string): Promise<void>;
  clock: Clock;
  log: Logger;
}

/** How long announcements are gathered into one notification: each of them serialises the commits of the database. */
const GATHER_MS = 5;
/** Postgres takes 7,999 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;
/** Beyond it the oldest is forgotten, and its echo looks like any other notification: one look too many. */
const MAX_ECHOES = 1_000;

/**
 * Tells whose log has grown: the followers in this process at once, other processes by one notification for all users
 * touched in a few milliseconds, sent after the commits and outside of them.
 */
export function createChangeAnnouncer({ hub, send, clock, log }: ChangeAnnouncerOptions): ChangeAnnouncer {
  let gathered = new Set<string>();
  let sent: Promise<void> | null = null;
  let cancelTimer: (() => void) | null = null;
  let closed = false;
  /**
   * Payloads of ours that have not come back yet. Which of two equal ones is skipped does not matter: the other is heard
   * after both of their senders have committed.
   */
  let echoes: string[] = [];

  function schedule(): void {
    if (closed || sent || cancelTimer || gathered.size === 0) return;
    cancelTimer = clock.after(GATHER_MS, () => {
      cancelTimer = null;
      sent = sendGathered().finally(() => {
        sent = null;
        schedule();
      });
    });
  }

  async function sendGathered(): Promise<void> {
    const userIds = gathered;
    gathered = new Set();
    for (const payload of toPayloads(userIds)) {
      echoes = [...echoes.slice(1 - MAX_ECHOES), payload];
      try {
        await send(payload);
      } catch (error) {
        forgetEcho(payload);
        log.warn(
          { failure: describeError(error) },
          'could not announce changes; streams of other processes see them a heartbeat later',
        );
      }
    }
  }

  function forgetEcho(payload: string): boolean {
    const index = echoes.indexOf(payload);
    if (index >= 0) echoes.splice(index, 1);
    return index >= 0;
  }

  return {
    announce(userId) {
      hub.wake([userId]);
      gathered.add(userId);
      schedule();
    },

    hear(payload) {
      if (!forgetEcho(payload)) hub.wake(new Set(userIdsIn(payload)));
    },

    listening() {
      echoes = [];
      void hub.checkHeads();
    },

    async close() {
      closed = true;
      cancelTimer?.();
      await sent;
      await sendGathered();
    },
  };
}

function toPayloads(userIds: Iterable<string>): string[] {
  const payloads: string[] = [];
  let parts: string[] = [];
  let bytes = 2;
  for (const userId of userIds) {
    const part = JSON.stringify(userId);
    const size = Buffer.byteLength(part) + 1;
    if (parts.length > 0 && bytes + size > MAX_PAYLOAD_BYTES) {
      payloads.push(`[${parts.join()}]`);
      parts = [];
      bytes = 2;
    }
    parts.push(part);
    bytes += size;
  }
  return parts.length > 0 ? [...payloads, `[${parts.join()}]`] : payloads;
}

/** Anybody may notify: what is not a list of texts names nobody. */
function userIdsIn(payload: string): string[] {
  try {
    const value: unknown = JSON.parse(payload);
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  } catch {
    return [];
  }
}
