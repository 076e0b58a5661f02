// I24: what was asked leaves nothing behind in the process. Measured after collection, so that it depends on no clock.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const seed = process.env.SEED ?? '20261123';
const ROUNDS = fileURLToPath(new URL('./memory-rounds.ts', import.meta.url));

/** By how many bytes the heap has grown per request: the last rounds beside those in the middle, the first warm up. */
async function growth(...mode: string[]): Promise<number> {
  // What no handler awaits ends the process with an error: there is none.
  const args = ['--expose-gc', '--unhandled-rejections=strict', '--import', 'tsx', ROUNDS, seed, ...mode];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { requests, heap } = JSON.parse(stdout) as { requests: number; heap: number[] };
  expect(requests).toBeGreaterThan(1_800);
  const third = heap.length / 3;
  const mean = (from: number) => heap.slice(from, from + third).reduce((sum, bytes) => sum + bytes, 0) / third;
  return (mean(2 * third) - mean(third)) / (requests / 3);
}

/** A leak of a request's own objects would be ten times as much; the noise of a heap of 100 MB is a tenth. */
const BOUND = 3_000;

test('the heap does not grow with the requests', async () => {
  expect(await growth()).toBeLessThan(BOUND);
}, 300_000);

test('negative control: a service that keeps its answers is caught', async () => {
  expect(await growth('leak')).toBeGreaterThan(3 * BOUND);
}, 300_000);
