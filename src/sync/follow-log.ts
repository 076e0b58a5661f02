import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Cursor } from '../core/sync/cursor.ts';
import { describeError } from '../describe-error.ts';
import type { ChangeHub } from './change-hub.ts';
import { type LogPage, type ReadLogPage, sinceCursor } from './log-pages.ts';

export interface FollowOptions {
  hub: ChangeHub;
  clock: Clock;
  log: Logger;
  userId: string;
  read: ReadLogPage;
  /** Whose own changes are left out. */
  clientId: string | undefined;
  /** The page to begin with. */
  first: LogPage;
}

export interface LogStream {
  /** What to send next, as soon as there is something; null at the end. One call at a time. */
  next(): Promise<Uint8Array | null>;
  /** Lets go of everything, at once. */
  close(): void;
}

/** How soon to look again for what a replica had not replayed: at first, and at the longest; it doubles in between. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 1_000;

/**
 * A log as a stream of events: the backlog in pages and then what comes, without a gap or a duplicate, because both are
 * the same: it reads after its own cursor until nothing is left, and again whenever the hub says that there may be more.
 * Nothing is read before it is asked for, and nothing is held but the event that was read last.
 */
export function followLog({ hub, clock, log, userId, read: readAfter, clientId, first }: FollowOptions): LogStream {
  let cursor = first.cursor;
  /** The cursor that the client has. */
  let sent: string | null = null;
  let page: LogPage | null = first;
  let mustLook = true;
  let mustBeat = false;
  let failed = false;
  let closed = false;
  let wake = () => {};
  let unfollow: (() => void) | null = null;
  /** Where the log is known to end, and how long to wait until the next look for it. */
  let head: Cursor | null = null;
  let lookMs = FIRST_LOOK_MS;
  let cancelLook = () => {};

  const follower = {
    look() {
      mustLook = true;
      wake();
    },
    check(newHead: Cursor) {
      head = newHead;
      if (isBehind(head)) follower.look();
    },
    beat() {
      mustBeat = true;
      // A page that could not be read is tried again with each heartbeat: the client need not notice a short outage.
      if (failed) mustLook = true;
      wake();
    },
    end: close,
  };

  function close(): void {
    closed = true;
    unfollow?.();
    cancelLook();
    wake();
  }

  function isBehind({ epoch, position }: Cursor): boolean {
    const at = sinceCursor(cursor);
    return epoch !== at.epoch || position > at.position;
  }

  /** What was read is not where the log ends, so it came from a replica: it will be there in a moment. */
  function lookAgain(): void {
    cancelLook();
    cancelLook = clock.after(lookMs, follower.look);
    lookMs = Math.min(lookMs * 2, LONGEST_LOOK_MS);
  }

  async function readPage(): Promise<LogPage | null> {
    mustLook = false;
    try {
      const read = await readAfter(sinceCursor(cursor));
      failed = false;
      // The log is another one now (a failover, a restore): the client learns it when it comes back.
      if (!read) close();
      return read;
    } catch (error) {
      failed = true;
      log.warn({ failure: describeError(error) }, 'could not read for a stream; the next heartbeat tries again');
      return null;
    }
  }

  return {
    async next() {
      // Followed from the first call on, so that a response which nobody reads leaves nothing behind.
      if (!unfollow && !closed) unfollow = hub.follow(userId, follower);
      while (!closed) {
        if (page) {
          if (cursor !== page.cursor) lookMs = FIRST_LOOK_MS;
          cursor = page.cursor;
          mustLook ||= page.hasMore;
          if (!mustLook && head && isBehind(head)) lookAgain();
          const event = page.eventFor(clientId);
          page = null;
          if (event) {
            sent = cursor;
            return event;
          }
        } else if (mustBeat) {
          mustBeat = false;
          const beat = heartbeat(cursor === sent ? null : cursor);
          sent = cursor;
          return beat;
        } else if (mustLook) page = await readPage();
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      return null;
    },
    close,
  };
}

const encoder = new TextEncoder();

/** A comment; and, where all that came was left out, the cursor: an `id:` without data moves it and is no event. */
function heartbeat(cursor: string | null): Uint8Array {
  return encoder.encode(cursor === null ? ': heartbeat\n\n' : `: heartbeat\nid: ${cursor}\n\n`);
}
