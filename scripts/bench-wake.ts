/** `npm run bench:wake -- [--rounds 10] [--samples 50] [--json]`: see bench/measure-wake.ts for what is measured. */
import { measureWake } from './bench/measure-wake.ts';
import { printWake } from './bench/print-wake.ts';
import { readOptions } from './bench/read-options.ts';
import { runBench } from './bench/run-bench.ts';

const { rounds, samples, json } = readOptions({ rounds: 10, samples: 50 });

await runBench({
  command: `npm run bench:wake -- --rounds ${rounds} --samples ${samples}`,
  packages: ['pg', 'pg-listen'],
  json,
  measure: ({ url }, onProgress) => measureWake({ url, rounds, samples, onProgress }),
  print: printWake,
});
