// `npm run torture [-- --scenario NAME ...] [--seed N] [--rounds R] [--minutes M] [--json]`: attacks a running service, has the
// laws checked, and writes docs/reliability.md anew. With --smoke small, and nothing is kept; with --controls against builds that
// are broken on purpose, each of which must be caught; with --rewrite nothing is run: the document is written from what is kept.

import { type Outcome, runScenario } from './harness/run-scenario.ts';
import { startServer } from './harness/start-server.ts';
import { readCommand } from './read-command.ts';
import { scenarios } from './scenarios.ts';

const command = readCommand(
  process.argv.slice(2),
  scenarios.map(({ name }) => name),
);
if (!command.ok) {
  console.error(command.message);
  process.exit(2);
}
const { chosen, seed, rounds, minutes = Number.POSITIVE_INFINITY, isJson, isSmoke } = command;
const deadline = Date.now() + minutes * 60_000;
const outcomes: Outcome[] = [];
const server = await startServer();
try {
  for (const scenario of scenarios.filter(({ name }) => chosen.includes(name))) {
    const wanted = rounds ?? scenario.rounds[isSmoke ? 'smoke' : 'full'];
    const outcome = await runScenario(scenario, {
      server,
      seed,
      rounds: wanted,
      deadline,
      onProgress: (line) => console.error(line),
    });
    outcomes.push(outcome);
    if (!isJson) console.log(outcome);
  }
} finally {
  await server.stop();
}
if (isJson) console.log(JSON.stringify(outcomes, null, 2));
