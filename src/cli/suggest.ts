import leven from 'leven';

/** ` Did you mean m1-2?` for an id that is not among those known, when one of them is near; else ''. */
export function suggest(given: string, known: string[]): string {
  let nearest = '';
  let least = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const each of known) {
    const distance = leven(given, each, { maxDistance: least });
    if (distance < least) [nearest, least] = [each, distance];
  }
  return nearest === '' ? '' : ` Did you mean ${nearest}?`;
}
