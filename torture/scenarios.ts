import type { Scenario } from './harness/scenario.ts';
import { cutPushes } from './scenarios/cut-pushes.ts';
import { delays } from './scenarios/delays.ts';
import { diskFull } from './scenarios/disk-full.ts';
import { failover } from './scenarios/failover.ts';
import { listenerDrops } from './scenarios/listener-drops.ts';
import { pauses } from './scenarios/pauses.ts';
import { postgresRestarts } from './scenarios/postgres-restarts.ts';
import { runnerKills } from './scenarios/runner-kills.ts';
import { serverKills } from './scenarios/server-kills.ts';
import { shutdown } from './scenarios/shutdown.ts';
import { streams } from './scenarios/streams.ts';

/** All of them, in the order of docs/reliability.md. */
export const scenarios: readonly Scenario[] = [
  runnerKills,
  serverKills,
  cutPushes,
  listenerDrops,
  postgresRestarts,
  pauses,
  shutdown,
  streams,
  delays,
  failover,
  diskFull,
];
