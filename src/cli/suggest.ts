import { closestMatch } from 'leven';

/** ` Did you mean m1-2?`, when one of the known is close enough to what was given; else nothing. */
export function suggest(given: string, known: string[]): string {
  const closest = closestMatch(given, known, { maxDistance: Math.max(2, Math.ceil(given.length / 3)) });
  return closest === undefined ? '' : ` Did you mean ${closest}?`;
}
