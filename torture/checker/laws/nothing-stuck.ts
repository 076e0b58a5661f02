import type { Law } from '../law.ts';

export const nothingStuck: Law = {
  name: 'nothing_stuck',
  says: 'Once the faults have ended, every mission that wants a plan gets one.',
  violations: ({ users }) =>
    users.flatMap(({ user, missions }) =>
      missions
        .filter(({ isPlannable, wanted, planned }) => isPlannable && wanted > planned)
        .map(({ id, wanted, planned, claimedBy }) => {
          const holder = claimedBy === null ? 'nobody has claimed it' : `claimed by ${claimedBy}`;
          return `${user}: mission ${id} wants plan ${wanted}, and ${planned} is the newest it has; ${holder}`;
        }),
    ),
};
