// Loaded before the service, by `node --import <this>?milestone=..&nth=..&signal=..`: at the n-th time that the milestone is
// reached, the process sends itself the signal, there and then. Of the service it knows no more than the names of its
// channels (src/reach-milestone.ts); that a prompt was sent is told by Node's own HTTP client.
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';

const { milestone, nth, signal } = Object.fromEntries(new URL(import.meta.url).searchParams);
let left = Number(nth);
subscribe(milestone === 'prompt_sent' ? 'undici:request:bodySent' : `pg-missions:${milestone}`, () => {
  left -= 1;
  if (left === 0) strike(`struck at ${milestone}\n`);
});

// Whoever is tired of waiting: a second SIGTERM would end the service at once.
if (signal === 'SIGTERM') {
  process.on('SIGUSR2', () => {
    if (left > 0) strike('');
    left = 0;
  });
}

function strike(words) {
  writeSync(2, words);
  process.kill(process.pid, signal);
}
