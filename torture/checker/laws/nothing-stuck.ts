import type { WaitingMission } from '../evidence.ts';
import type { Law } from '../law.ts';

export const nothingStuck: Law = {
  name: 'nothing_stuck',
  says: 'Once a fault has ended, in the midst of the run as at its end, every mission that wants a plan gets one.',
  violations: ({ users, stuck }) => [
    ...stuck.map((mission) => `in the midst of the run, ${describe(mission)}`),
    ...users.flatMap(({ user, missions }) =>
      missions
        .filter(({ isPlannable, wanted, planned }) => isPlannable && wanted > planned)
        .map((mission) => describe({ user, ...mission })),
    ),
  ],
};

function describe({ user, id, wanted, planned, claimedBy }: WaitingMission): string {
  const holder = claimedBy === null ? 'nobody has claimed it' : `claimed by ${claimedBy}`;
  return `${user}: mission ${id} wants plan ${wanted}, and ${planned} is the newest it has; ${holder}`;
}
