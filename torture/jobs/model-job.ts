import { randomUUID } from 'node:crypto';
import type { Job } from '../harness/job.ts';
import { checkService } from '../model/check-service.ts';
import { onBothEngines } from './on-both-engines.ts';

const RUNS = 50;

export const modelJob: Job = {
  name: 'model',
  promise:
    'The service does what a model does that is so simple that it can be seen to be right, on Postgres and on the embedded engine.',
  attack:
    'Pushes, the same event again, pulls, edits of a mission, plans, decisions and undo, in random orders by two clients.',
  of: 'rounds',
  rounds: { full: 100 },
  test: 'test/torture/model/check-service.test.ts',
  injects: ['orders'],
  attacks: 'orders',
  run: (options) =>
    onBothEngines({ name: 'model', law: 'as the model' }, options, async ({ db, number, tally }) => {
      await checkService(db, { runs: RUNS, newUser: randomUUID, seed: options.seed + number });
      tally.add(`orders on ${db.kind}`, RUNS);
    }),
};
