import leven from 'leven';

/** How many are named at the most. */
const AT_MOST = 3;

/** What was probably meant: '' when nothing known is near, else ` Did you mean m1-2?`, to be put after a message. */
export function suggest(given: string, known: string[]): string {
  const near = known
    .flatMap((id) => {
      const most = furthest(Math.max(given.length, id.length));
      // Of what is further apart leven says no more than the bound that it was given.
      const distance = leven(given, id, { maxDistance: most + 1 });
      return distance <= most ? [{ id, distance }] : [];
    })
    .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
  const closest = near.filter(({ distance }) => distance === near[0]?.distance).slice(0, AT_MOST);
  return closest.length === 0 ? '' : ` Did you mean ${closest.map(({ id }) => id).join(' or ')}?`;
}

/** Two letters exchanged are two edits; of a short name not all may differ. */
function furthest(length: number): number {
  return Math.min(length - 1, Math.max(2, Math.floor(length / 3)));
}
