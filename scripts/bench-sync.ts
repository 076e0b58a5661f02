/** `npm run bench:sync -- [--rounds 7] [--json]`: see bench/measure-sync.ts for what is measured. */
import { measureSync } from './bench/measure-sync.ts';
import { printSync } from './bench/print-sync.ts';
import { readOptions } from './bench/read-options.ts';
import { runBench } from './bench/run-bench.ts';

const { rounds, json } = readOptions({ rounds: 7 });

await runBench({
  command: `npm run bench:sync -- --rounds ${rounds}`,
  packages: ['pg', 'hono', '@hono/node-server'],
  json,
  measure: ({ url }, onProgress) => measureSync({ url, rounds, onProgress }),
  print: printSync,
});
