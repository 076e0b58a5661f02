import type { BenchRun } from './run-bench.ts';
import type { Ratio } from './statistics.ts';

/** Where, with what and how figures were measured, as a person reads it. */
export function describeRun({ machine, server, command }: BenchRun): string {
  const settings = (values: Record<string, string>, between: string) =>
    Object.entries(values)
      .map(([name, value]) => `${name}${between}${value}`)
      .join(', ');
  return `${machine.cpus}, ${machine.memory}, ${machine.system}; ${settings(machine.versions, ' ')}
Postgres with ${settings(server, '=')}
${machine.date}  ${command}`;
}

export function describeRatio({ median, lowest, highest }: Ratio): string {
  return `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}
