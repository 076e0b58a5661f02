/** True for an IANA time zone name that this runtime knows (`Europe/Berlin`, `UTC`); offsets such as `+02:00` are not names. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A stored time zone, or UTC when it is none that this runtime knows: records may come from any writer. */
export function knownTimeZone(value: unknown): string {
  return typeof value === 'string' && isTimeZone(value) ? value : 'UTC';
}
