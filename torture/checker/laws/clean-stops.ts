import type { Law } from '../law.ts';

export const cleanStops: Law = {
  name: 'clean_stops',
  says: 'A process that is asked to end does so by itself, within its ten seconds, and holds no claim afterwards.',
  violations: ({ stops }) =>
    stops.flatMap(({ process, code, claimsLeft }) => [
      ...(code === 0 ? [] : [`${process} ended with ${code === null ? 'a signal' : `code ${code}`}`]),
      ...(claimsLeft === 0 ? [] : [`${process} left ${claimsLeft} claims behind`]),
    ]),
};
