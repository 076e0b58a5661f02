import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Cursor } from '../core/sync/cursor.ts';
import { describeError } from '../describe-error.ts';

/** Somebody who follows a user's log, such as an open stream. None of these calls may throw or take long. */
export interface LogFollower {
  /** The log may have grown: read from where you are. */
  look(): void;
  /** Where the log ends: look, if that is not where you are. */
  check(head: Cursor): void;
  /** Show that you are alive. */
  beat(): void;
  /** The service stops. */
  end(): void;
}

export interface ChangeHub {
  /** From now on the follower is told; the returned function ends that, at once. */
  follow(userId: string, follower: LogFollower): () => void;
  /**
   * Rises with each hint that a user's log has grown: what was read since it had this value includes all that was hinted
   * at until then. Only meaningful while somebody follows the user.
   */
  generation(userId: string): number;
  /** The logs of these users have grown. */
  wake(userIds: Iterable<string>): void;
  /** Hints may have been lost: looks where all followed logs end, and wakes who is behind. */
  checkHeads(): Promise<void>;
  /** How many are following. */
  followers(): number;
  /** Ends all followers, and whoever follows later at once. */
  close(): void;
}

export interface ChangeHubOptions {
  clock: Clock;
  log: Logger;
  /** Where the logs of these users end, in one query. */
  readHeads(userIds: string[]): Promise<Map<string, Cursor>>;
  /** Followers read from a replica, which may not have yet what is hinted at: a hint then tells them where the log ends. */
  readsLag?: boolean | undefined;
}

/** The interval of heartbeats, and thus the longest that a lost notification delays a stream. */
export const HEARTBEAT_MS = 15_000;

/**
 * Tells the followers in this process whose log has grown. A hint carries no data and any of them may be lost, so the
 * followers read the log from where they are, and every heartbeat compares that with where the log ends.
 */
export function createChangeHub({ clock, log, readHeads, readsLag = false }: ChangeHubOptions): ChangeHub {
  const followed = new Map<string, { followers: Set<LogFollower>; generation: number }>();
  /** Never repeats, so that the generation of a user who was followed before is not mistaken for this one's. */
  let generations = 0;
  let count = 0;
  let closed = false;
  let cancelBeat = () => {};
  let checking: Promise<void> | null = null;
  let nextCheck: Promise<void> | null = null;
  /** Whose logs the next check is about. */
  let toCheck = new Set<string>();

  const everyFollower = () => [...followed.values()].flatMap(({ followers }) => [...followers]);

  function scheduleBeat(): void {
    cancelBeat = clock.after(HEARTBEAT_MS, () => {
      scheduleBeat();
      for (const follower of everyFollower()) follower.beat();
      void check(followed.keys());
    });
  }

  /** The answer is always of a look that began after the call: calls that come during one share the next. */
  function check(userIds: Iterable<string>): Promise<void> {
    for (const userId of userIds) toCheck.add(userId);
    if (!checking) return beginCheck();
    nextCheck ??= checking.then(() => {
      nextCheck = null;
      return beginCheck();
    });
    return nextCheck;
  }

  function beginCheck(): Promise<void> {
    checking = checkOnce().finally(() => {
      checking = null;
    });
    return checking;
  }

  async function checkOnce(): Promise<void> {
    const userIds = [...toCheck].filter((userId) => followed.has(userId));
    toCheck = new Set();
    if (userIds.length === 0) return;
    try {
      const heads = await readHeads(userIds);
      for (const [userId, head] of heads) {
        const entry = followed.get(userId);
        if (!entry) continue;
        entry.generation = ++generations;
        for (const follower of [...entry.followers]) follower.check(head);
      }
    } catch (error) {
      log.warn({ failure: describeError(error) }, 'could not look where the logs end; the next heartbeat will');
    }
  }

  return {
    follow(userId, follower) {
      if (closed) {
        follower.end();
        return () => {};
      }
      const entry = followed.get(userId) ?? { followers: new Set(), generation: ++generations };
      followed.set(userId, entry);
      entry.followers.add(follower);
      count += 1;
      if (count === 1) scheduleBeat();
      // What was committed before may not have reached the replica that the first page was read from.
      if (readsLag) void check([userId]);
      return () => {
        if (!entry.followers.delete(follower)) return;
        count -= 1;
        if (entry.followers.size === 0) followed.delete(userId);
        if (count === 0) cancelBeat();
      };
    },

    generation: (userId) => followed.get(userId)?.generation ?? ++generations,

    wake(userIds) {
      if (readsLag) {
        void check(userIds);
        return;
      }
      for (const userId of userIds) {
        const entry = followed.get(userId);
        if (!entry) continue;
        entry.generation = ++generations;
        for (const follower of [...entry.followers]) follower.look();
      }
    },

    checkHeads: () => check(followed.keys()),
    followers: () => count,

    close() {
      closed = true;
      for (const follower of everyFollower()) follower.end();
    },
  };
}
