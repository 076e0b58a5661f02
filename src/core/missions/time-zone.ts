/** True for an IANA time zone name that this runtime knows (`Europe/Berlin`, `UTC`); offsets such as `+02:00` are not names. */
export function isTimeZone(name: string): boolean {
  if (known.has(name)) return true;
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    if (known.size < MOST_KNOWN) known.add(name);
    return true;
  } catch {
    return false;
  }
}

/** Names that were asked about before: to ask takes 0.1 to 0.3 ms, a good part of what a woken planner needs to begin. */
const known = new Set<string>();
/** There are some 600 names; letter case does not count, so that a writer could make up any number of them. */
const MOST_KNOWN = 1_000;

/** A stored time zone, or UTC when it is none that this runtime knows: records may come from any writer. */
export function knownTimeZone(value: unknown): string {
  return typeof value === 'string' && isTimeZone(value) ? value : 'UTC';
}
