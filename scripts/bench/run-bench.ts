import { type BenchServer, startBenchServer } from './bench-server.ts';
import { describeMachine, type Machine } from './machine.ts';

/** What stands with every report: figures mean nothing without it. */
export interface BenchRun {
  command: string;
  machine: Machine;
  /** How the server keeps what it acknowledged. */
  server: Record<string, string>;
}

export interface BenchOptions<Measures> {
  command: string;
  /** Whose versions matter. */
  packages: string[];
  /** Whether the report is for a program. */
  json: boolean;
  measure(server: BenchServer, onProgress: (line: string) => void): Promise<Measures>;
  print(report: Measures & BenchRun): void;
}

/** Measures on a Postgres of its own, which is gone afterwards, and reports. A failure sets the exit code. */
export async function runBench<Measures>(options: BenchOptions<Measures>): Promise<void> {
  const { command, packages, json, measure, print } = options;
  try {
    const server = await startBenchServer();
    try {
      const measures = await measure(server, (line) => console.error(line));
      const run = { command, machine: describeMachine(server.version, packages), server: server.settings };
      const report = { ...run, ...measures };
      if (json) console.log(JSON.stringify(report, null, 2));
      else print(report);
    } finally {
      await server.stop();
    }
  } catch (error) {
    console.error(`${command} failed: ${explain(error)}`);
    process.exitCode = 1;
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${error.cause === undefined ? '' : `\nbecause of ${explain(error.cause)}`}`;
}
