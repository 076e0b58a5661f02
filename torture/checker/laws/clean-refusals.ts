import type { Law } from '../law.ts';

export const cleanRefusals: Law = {
  name: 'clean_refusals',
  says: 'A push that cannot be served is answered 503 (no database) or 507 (a full disk), or not at all; never as a fault of the service.',
  violations: ({ users }) =>
    users.flatMap(({ user, faults }) => faults.map((fault) => `${user}: a push was answered ${fault}`)),
};
