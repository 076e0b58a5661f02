/** Time as an argument: tests hand in a clock that they move. */
export interface Clock {
  now(): Date;
  /** The time that the database is to take for now, or null for its own clock: the one that all processes share. */
  databaseNow(): Date | null;
  /** Calls back once after `ms`, without keeping the process alive; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  databaseNow: () => null,
  after(ms, callback) {
    // setTimeout takes 32 bits; a longer wait would fire at once.
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), 2_147_483_647));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
