/** What was done and what happened, counted by name. */
export interface Tally {
  add(name: string, count?: number): void;
  counts(): Record<string, number>;
}

export function createTally(): Tally {
  const counted = new Map<string, number>();
  return {
    add: (name, count = 1) => void counted.set(name, (counted.get(name) ?? 0) + count),
    counts: () => Object.fromEntries([...counted].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
