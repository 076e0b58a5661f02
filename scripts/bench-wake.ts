/** `npm run bench:wake -- [--rounds 10] [--samples 50] [--json]`: see bench/measure-wake.ts for what is measured. */
import { parseArgs } from 'node:util';
import { startBenchServer } from './bench/bench-server.ts';
import { describeMachine } from './bench/machine.ts';
import { measureWake } from './bench/measure-wake.ts';
import { printWake } from './bench/print-wake.ts';

const options = readOptions();
const rounds = wholeNumber('--rounds', options.rounds);
const samples = wholeNumber('--samples', options.samples);

const bench = await startBenchServer();
try {
  const measured = await measureWake({ url: bench.url, rounds, samples, onProgress: (line) => console.error(line) });
  const report = {
    command: `npm run bench:wake -- --rounds ${rounds} --samples ${samples}`,
    machine: describeMachine(bench.version, ['pg', 'pg-listen']),
    server: bench.settings,
    ...measured,
  };
  if (options.json) console.log(JSON.stringify(report, null, 2));
  else printWake(report);
} finally {
  await bench.stop();
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        rounds: { type: 'string', default: '10' },
        samples: { type: 'string', default: '50' },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) refuse(`${name} ${text} is not a whole number of 1 or more`);
  return value;
}
