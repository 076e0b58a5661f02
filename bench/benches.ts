import { append } from './append/bench.ts';
import { claim } from './claim/bench.ts';
import { contention } from './contention/bench.ts';
import { embedded } from './embedded/bench.ts';
import { fanout } from './fanout/bench.ts';
import type { Bench } from './harness/bench.ts';
import { http } from './http/bench.ts';
import { idle } from './idle/bench.ts';
import { pull } from './pull/bench.ts';
import { rebuild } from './rebuild/bench.ts';
import { scale } from './scale/bench.ts';
import { start } from './start/bench.ts';
import { wake } from './wake/bench.ts';
import { web } from './web/bench.ts';

/** The suite, in the order of the path that a change takes. */
export const benches: readonly Bench[] = [
  wake,
  claim,
  append,
  contention,
  pull,
  embedded,
  fanout,
  http,
  rebuild,
  idle,
  start,
  web,
  scale,
];
