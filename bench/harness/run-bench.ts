import type { Bench, BenchRun } from './bench.ts';
import { type BenchServer, startBenchServer } from './bench-server.ts';
import { compare } from './compare.ts';
import { describeMachine } from './machine.ts';
import type { BenchReport } from './report.ts';

export interface RunOptions {
  /** Absent: as many as the bench wants. */
  rounds?: number;
  isSmoke: boolean;
  onProgress(line: string): void;
}

/** Measures one bench, on a Postgres of its own if it wants one, which is gone afterwards. */
export async function runBench(bench: Bench, { rounds, isSmoke, onProgress }: RunOptions): Promise<BenchReport> {
  const tell = (line: string) => onProgress(`${bench.name}: ${line}`);
  const how = { rounds: isSmoke ? 1 : (rounds ?? bench.rounds), warmUp: !isSmoke, onProgress: tell };
  let starting: Promise<BenchServer> | undefined;
  const run: BenchRun = {
    server(settings) {
      starting ??= startBenchServer(settings);
      return starting;
    },
    compare: (options) => compare(options, how),
    sized: (full, smoke) => (isSmoke ? smoke : full),
    onProgress: tell,
  };
  try {
    const measures = await bench.measure(run);
    const server = await starting;
    return {
      bench: bench.name,
      command: `npm run bench -- ${bench.name}${rounds === undefined ? '' : ` --rounds ${rounds}`}`,
      machine: describeMachine(server?.version, bench.packages),
      ...(server ? { server: server.settings } : {}),
      comparisons: measures.comparisons,
      facts: measures.facts ?? [],
    };
  } finally {
    await (await starting?.catch(() => undefined))?.stop();
  }
}
