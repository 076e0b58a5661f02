import { alwaysPending } from '../always-pending.ts';
import { byRace } from '../catchers/by-race.ts';
import type { Control } from '../harness/control.ts';

export const approveWithoutCompare: Control = {
  name: 'approve-without-compare',
  broken: 'A decision is set without looking whether the proposal is still open.',
  ...byRace('two decisions and a plan that supersedes', {
    says: /twice|told|already/,
    broken: (db) => ({
      ...db,
      transaction: (session, work) => db.transaction(session, (tx) => work(alwaysPending(tx))),
    }),
  }),
};
