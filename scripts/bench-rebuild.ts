/** `npm run bench:rebuild -- [--changes 1000000] [--records 20000] [--rounds 5] [--json]`: see bench/measure-rebuild.ts. */
import { measureRebuild } from './bench/measure-rebuild.ts';
import { printRebuild } from './bench/print-rebuild.ts';
import { readOptions } from './bench/read-options.ts';
import { runBench } from './bench/run-bench.ts';

const { changes, records, rounds, json } = readOptions({ changes: 1_000_000, records: 20_000, rounds: 5 });

await runBench({
  command: `npm run bench:rebuild -- --changes ${changes} --records ${records} --rounds ${rounds}`,
  packages: ['pg', 'pg-copy-streams'],
  json,
  measure: ({ url }, onProgress) => measureRebuild({ url, changes, records, rounds, onProgress }),
  print: printRebuild,
});
