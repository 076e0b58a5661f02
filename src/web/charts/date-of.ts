/**
 * The moment that a field of a record names; null when it names none, or one that no calendar of four digits has. Nobody has
 * validated what a record holds.
 */
export function dateOf(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const date = new Date(value);
  const year = date.getUTCFullYear();
  return year >= 1000 && year < 9999 ? date : null;
}
