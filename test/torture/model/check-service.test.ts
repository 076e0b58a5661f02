import { expect, test } from 'vitest';
import { checkService } from '../../../torture/model/check-service.ts';
import { newUser, onBothEngines } from '../../support/engines.ts';

const RUNS = 60;
/** Repeats a run that failed. */
const seed = Number(process.env.SEED ?? 20_261_123);

onBothEngines((engine) => {
  test('the service does what its model does, whatever two clients, a runner and a person do', async () => {
    await checkService(engine().db, { runs: RUNS, newUser, seed });
  });

  test('is caught where an event has no name, and is there again when it is pushed again', async () => {
    const broken = checkService(engine().db, { runs: RUNS, newUser, seed: 1, namesEvents: false });
    await expect(broken).rejects.toThrow(/push again/);
  });
});
