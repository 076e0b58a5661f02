// A process of its own, to be run with --expose-gc: attacks the service round by round, and prints what is left on the heap
// after each. With the argument `leak` something is kept of every answer.
import { startTestApp } from '../../support/app.ts';
import { appTarget } from './app-target.ts';
import { attackService } from './attack-service.ts';
import type { Target } from './target.ts';

const ROUNDS = 6;
const [, , seed, mode] = process.argv;
const app = await startTestApp();
const target = appTarget(app);
const kept: number[][] = [];
const leaking: Target = {
  ...target,
  async send(userId, request) {
    const answer = await target.send(userId, request);
    // 20 kB of its own; a text would share its parts with the others.
    kept.push(new Array(2_500).fill(kept.length));
    return answer;
  },
};

const heap: number[] = [];
let requests = 0;
for (let round = 0; round < ROUNDS; round++) {
  const options = { seed: Number(seed) + round, rounds: 1, perOperation: 8, afterRound: async () => {} };
  requests += (await attackService(mode === 'leak' ? leaking : target, options)).requests;
  globalThis.gc?.();
  heap.push(process.memoryUsage().heapUsed);
}
await app.close();
process.stdout.write(`${JSON.stringify({ requests, heap })}\n`);
