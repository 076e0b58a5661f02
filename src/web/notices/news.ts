/** Tells which of some things are new since the last time; at first nothing is. */
export class News {
  #known: Set<string> | null = null;

  /** Those of the ids that were never given before. */
  of(ids: readonly string[]): string[] {
    const known = this.#known;
    this.#known = new Set([...(known ?? []), ...ids]);
    return known === null ? [] : ids.filter((id) => !known.has(id));
  }
}
