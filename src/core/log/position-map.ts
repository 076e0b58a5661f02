/** Where the positions of an archive are in the log that it is imported to. */
export interface PositionMap {
  /** The change that stood at `archived` stands at `here`. To be told in ascending order of `archived`. */
  add(archived: number, here: number): void;
  /** Where a change of the archive is here; undefined when it is none of them. */
  toHere(archived: number): number | undefined;
}

/** Remembers runs that moved by the same distance: one, unless the log has others' changes in between. */
export function createPositionMap(): PositionMap {
  const runs: { archived: number; here: number; length: number }[] = [];
  return {
    add(archived, here) {
      const last = runs.at(-1);
      if (last && archived === last.archived + last.length && here === last.here + last.length) last.length += 1;
      else runs.push({ archived, here, length: 1 });
    },
    toHere(archived) {
      const run = runs.find((each) => archived >= each.archived && archived < each.archived + each.length);
      return run && run.here + (archived - run.archived);
    },
  };
}
