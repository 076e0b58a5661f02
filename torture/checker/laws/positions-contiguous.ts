import type { Law } from '../law.ts';

export const positionsContiguous: Law = {
  name: 'positions_contiguous',
  says: "A user's positions run from 1 to the head of the log, without a hole.",
  violations: ({ users }) =>
    users.flatMap(({ user, log, head }) => {
      const wrong = log.findIndex(({ position }, index) => position !== index + 1);
      return [
        ...(wrong < 0 ? [] : [`${user}: position ${log[wrong]?.position} stands where ${wrong + 1} should`]),
        ...(head === (log.at(-1)?.position ?? 0)
          ? []
          : [`${user}: the head says ${head}, the log ends at ${log.at(-1)?.position ?? 0}`]),
      ];
    }),
};
