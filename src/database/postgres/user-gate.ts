/** Lets each user hold only so many connections at a time; whoever comes beyond that waits in the order of coming. */
export interface UserGate {
  /** Resolves when it is this caller's turn; the returned function ends the turn. */
  enter(userId: string): Promise<() => void>;
}

/**
 * Keeps one user from taking the whole pool: their pushes wait for each other anyway, for the lock on their log, and are
 * to do so here rather than on connections that others need (100 pushes at once of one user kept everybody waiting 7 s).
 */
export function createUserGate(limit: number): UserGate {
  const users = new Map<string, { inside: number; waiting: (() => void)[] }>();

  function leave(userId: string): void {
    const user = users.get(userId);
    if (!user) return;
    const next = user.waiting.shift();
    if (next) {
      next();
      return;
    }
    user.inside -= 1;
    if (user.inside === 0) users.delete(userId);
  }

  return {
    async enter(userId) {
      const user = users.get(userId) ?? { inside: 0, waiting: [] };
      users.set(userId, user);
      if (user.inside < limit) user.inside += 1;
      // Whoever leaves hands over the place, so `inside` stays as it is.
      else await new Promise<void>((resolve) => user.waiting.push(resolve));
      let isOver = false;
      return () => {
        if (!isOver) leave(userId);
        isOver = true;
      };
    },
  };
}
