// `npm run torture [-- --scenario NAME ...] [--seed N] [--rounds R] [--minutes M] [--json]`: attacks the service and its parts, has
// the laws checked, and writes docs/reliability.md anew. With --smoke the scenarios, small, and nothing is kept; with --controls
// builds that are broken on purpose, each of which must be caught; with --rewrite nothing is run: the document is written from
// what is kept.
import { controls } from './controls.ts';
import type { Outcome } from './harness/job.ts';
import { startServer } from './harness/start-server.ts';
import { jobs } from './jobs.ts';
import { readCommand } from './read-command.ts';
import { printOutcome } from './report/print-outcome.ts';
import { toReport } from './report/report.ts';
import { writeReliability } from './report/write-reliability.ts';
import { runJobs } from './run-jobs.ts';

const command = readCommand(process.argv.slice(2), {
  all: jobs.map(({ name }) => name),
  smoke: jobs.flatMap(({ name, test }) => (test === undefined ? [name] : [])),
  controls: controls.map(({ name }) => name),
});
if (!command.ok) {
  console.error(command.message);
  process.exit(2);
}
const { mode, chosen, seed, rounds, minutes, isJson } = command;
const docs = new URL('../docs/', import.meta.url);
const onProgress = (line: string) => console.error(line);
let starting: ReturnType<typeof startServer> | undefined;
const server = () => {
  starting ??= startServer();
  return starting;
};
try {
  if (chosen.length > 0) console.error(`seed ${seed}`);
  if (mode === 'controls') await runControls();
  else await attack();
} finally {
  await (await starting)?.stop();
}
// At its own end Node 20 waits, busily and for ever, for a socket to close that was reset while it was being shut down: there are
// such, the proxies see to that.
process.exit();

async function attack(): Promise<void> {
  const attacks = jobs.filter(({ name }) => chosen.includes(name));
  const size = mode === 'smoke' ? 'smoke' : 'full';
  const outcomes = await runJobs(attacks, { server, seed, size, rounds, minutes, onProgress, onOutcome, keep });
  if (isJson) console.log(JSON.stringify(outcomes, null, 2));
  if (mode === 'rewrite') await writeReliability(docs, jobs, []);
}

function onOutcome(outcome: Outcome): void {
  if (!isJson) console.log(printOutcome(outcome));
  if (outcome.violations.length > 0 || outcome.missing.length > 0) process.exitCode = 1;
}

async function keep(outcome: Outcome, seconds: number): Promise<void> {
  if (mode !== 'smoke') await writeReliability(docs, jobs, [toReport(outcome, seconds)]);
}

async function runControls(): Promise<void> {
  for (const { name, broken, by, attack } of controls.filter((control) => chosen.includes(control.name))) {
    const noticed = await attack({ server: await server(), seed, onProgress });
    console.log(`${name}: ${broken}\n  ${noticed === null ? 'NOT CAUGHT' : 'caught'} by ${by}`);
    if (noticed === null) process.exitCode = 1;
    else console.log(`  ${noticed.split('\n')[0]?.slice(0, 300)}`);
  }
}
