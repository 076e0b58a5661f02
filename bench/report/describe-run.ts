import type { BenchReport } from '../harness/report.ts';

/** Where, with what and how figures were measured. */
export function describeRun({ machine, server, command }: BenchReport): string {
  const { cpus, memory, system, date, versions } = machine;
  const durability = server ? `Postgres with ${list(server, '=')}; ` : '';
  return `\`${command}\`, ${date}: ${cpus}, ${memory}, ${system}; ${durability}${list(versions, ' ')}.`;
}

function list(values: Record<string, string>, between: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}${between}${value}`)
    .join(', ');
}
