import type { Law } from '../law.ts';

export const acknowledgedOnce: Law = {
  name: 'acknowledged_once',
  says: 'Every acknowledged change is in the log exactly once, but for those that died with a primary whose standby was asynchronous and had not received them; one that was only ever refused is not in it; no other is twice.',
  violations: ({ users }) =>
    users.flatMap(({ user, log, pushed, abandoned }) => {
      const times = new Map<string, number>();
      for (const { id } of log) times.set(id, (times.get(id) ?? 0) + 1);
      const repeated = [...times].filter(([, count]) => count > 1);
      return [
        ...repeated.map(([id, count]) => `${user}: event ${id} is in the log ${count} times`),
        ...pushed.flatMap(({ eventId, told }) => {
          const isLogged = times.has(eventId);
          if (told.includes('acknowledged'))
            return isLogged || abandoned.has(eventId) ? [] : [`${user}: event ${eventId} was acknowledged and is lost`];
          const isRefused = told.length > 0 && told.every((answer) => answer === 'refused');
          return isRefused && isLogged ? [`${user}: event ${eventId} was refused and is in the log`] : [];
        }),
      ];
    }),
};
