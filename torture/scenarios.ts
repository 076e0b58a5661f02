import type { Scenario } from './harness/scenario.ts';
import { cutPushes } from './scenarios/cut-pushes.ts';
import { pauses } from './scenarios/pauses.ts';
import { runnerKills } from './scenarios/runner-kills.ts';

/** All of them, in the order of docs/reliability.md. */
export const scenarios: readonly Scenario[] = [runnerKills, pauses, cutPushes];
