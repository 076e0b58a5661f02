// `npm run torture [-- --scenario NAME ...] [--seed N] [--rounds R] [--minutes M] [--json]`: attacks a running service, has the
// laws checked, and writes docs/reliability.md anew. With --smoke small, and nothing is kept; with --controls against builds that
// are broken on purpose, each of which must be caught; with --rewrite nothing is run: the document is written from what is kept.
import { controls } from './controls.ts';
import { type Outcome, runScenario } from './harness/run-scenario.ts';
import { startServer } from './harness/start-server.ts';
import { readCommand } from './read-command.ts';
import { printOutcome } from './report/print-outcome.ts';
import { toReport } from './report/report.ts';
import { writeReliability } from './report/write-reliability.ts';
import { scenarios } from './scenarios.ts';

const command = readCommand(
  process.argv.slice(2),
  scenarios.map(({ name }) => name),
);
if (!command.ok) {
  console.error(command.message);
  process.exit(2);
}
const { chosen, seed, rounds, minutes = Number.POSITIVE_INFINITY, isJson, isSmoke, isOfControls } = command;
const deadline = Date.now() + minutes * 60_000;
const onProgress = (line: string) => console.error(line);
const outcomes: Outcome[] = [];
if (chosen.length > 0) {
  console.error(`seed ${seed}`);
  const server = await startServer();
  try {
    if (isOfControls) await runControls();
    else await runScenarios();
  } finally {
    await server.stop();
  }

  async function runScenarios(): Promise<void> {
    for (const scenario of scenarios.filter(({ name }) => chosen.includes(name))) {
      const wanted = rounds ?? scenario.rounds[isSmoke ? 'smoke' : 'full'];
      const outcome = await runScenario(scenario, { server, seed, rounds: wanted, deadline, onProgress });
      outcomes.push(outcome);
      if (!isJson) console.log(printOutcome(outcome));
      if (outcome.violations.length > 0 || outcome.missing.length > 0) process.exitCode = 1;
    }
  }

  async function runControls(): Promise<void> {
    for (const { name, scenario, rounds, breaks, breakWorld } of controls.filter((one) =>
      chosen.includes(one.scenario.name),
    )) {
      const { violations } = await runScenario(scenario, { server, seed, rounds, deadline, breakWorld, onProgress });
      const caught = violations.filter(({ law }) => law === breaks);
      console.log(`${name}: ${caught.length > 0 ? `caught: ${caught[0]?.message}` : `NOT CAUGHT by ${breaks}`}`);
      if (caught.length === 0) process.exitCode = 1;
    }
  }
}
if (isJson) console.log(JSON.stringify(outcomes, null, 2));
if (!isSmoke && !isOfControls) {
  const reports = outcomes.map((outcome) => toReport(outcome));
  await writeReliability(new URL('../docs/', import.meta.url), scenarios, reports);
}
// At its own end Node 20 waits, busily and for ever, for a socket to close that was reset while it was being shut down: there are
// such, the proxies see to that.
process.exit();
