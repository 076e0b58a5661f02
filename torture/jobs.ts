import type { Job } from './harness/job.ts';
import { fuzzJob } from './jobs/fuzz-job.ts';
import { interleavingsJob } from './jobs/interleavings-job.ts';
import { modelJob } from './jobs/model-job.ts';
import { scenarioJob } from './jobs/scenario-job.ts';
import { simulationJob } from './jobs/simulation-job.ts';
import { scenarios } from './scenarios.ts';
import { simulations } from './simulation/simulations.ts';

/** All ways to attack, in the order of docs/reliability.md. */
export const jobs: readonly Job[] = [
  ...scenarios.map(scenarioJob),
  ...simulations.map(simulationJob),
  interleavingsJob,
  modelJob,
  fuzzJob,
];
