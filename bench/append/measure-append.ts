import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { parseSince, type Since } from '../../src/core/sync/cursor.ts';
import type { PushAnswer } from '../../src/core/sync/wire.ts';
import { appendBatch } from '../../src/database/append-batch.ts';
import { type Database, type Transaction, userSession } from '../../src/database/database.ts';
import { pushChanges } from '../../src/sync/push-changes.ts';
import type { BenchService } from '../harness/bench-service.ts';
import type { Aim, ComparisonOptions } from '../harness/compare.ts';
import { APP_ID, acceptedChanges, acceptedPush, CLIENT_ID, taskChanges } from '../harness/task-changes.ts';
import { type BareLog, bareRows } from './append-floor.ts';

export interface AppendDeps {
  db: Database;
  bareLog: BareLog;
  service: BenchService;
}

export interface AppendOptions {
  /** Changes in a push. */
  batch: number;
  /** How many records these are of. */
  records: number;
  /** Changes that are pushed, one batch after the other, for one figure. */
  changes: number;
  aims: Aim[];
}

let users = 0;

/**
 * One client that appends batch after batch: the API's own append by itself; with all that a push does to answer (what lost,
 * what others changed since the cursor that the push before it ended with); and that over HTTP. The floor is an insert of
 * the same rows that does nothing else.
 */
export function measureAppend({ db, bareLog, service }: AppendDeps, options: AppendOptions): ComparisonOptions {
  const { batch, records, changes, aims } = options;
  const batches = changes / batch;
  const pushes = () => Array.from({ length: batches }, () => taskChanges(batch, records));

  async function rate(work: () => Promise<void>): Promise<number> {
    const begun = performance.now();
    await work();
    return (changes / (performance.now() - begun)) * 1000;
  }

  return {
    title: titleOf(batch, records),
    unit: 'rows/s',
    floor: {
      name: 'bare insert, no trigger',
      async measure() {
        const userId = newUser();
        const rows = pushes().map((push, index) => bareRows(userId, index * batch, acceptedChanges(push)));
        return rate(async () => {
          for (const columns of rows) await bareLog.insert(columns);
        });
      },
    },
    others: [
      {
        name: 'appended: begin, settings, append and commit in one round trip',
        aims,
        async measure() {
          const userId = newUser();
          const appends = pushes().map((push) => acceptedChanges(push));
          return rate(async () => {
            for (const changes of appends) await appendBatch(inOneTrip(db, userId), userId, changes);
          });
        },
      },
      {
        name: 'pushed: with all that a push answers',
        async measure() {
          const deps = { registry: defaultRegistry, userId: newUser(), now: new Date() };
          const accepted = pushes().map((push) => acceptedPush(push));
          let since: Since = { kind: 'start' };
          return rate(async () => {
            for (const push of accepted) {
              const outcome = await pushChanges(db, deps, { ...push, since });
              if (!outcome.ok) throw new Error(`a push was refused: ${JSON.stringify(outcome)}`);
              since = parseSince(outcome.answer.syncedUntil) as Since;
            }
          });
        },
      },
      {
        name: `POST /sync/${APP_ID}`,
        async measure() {
          const headers = { 'Content-Type': 'application/json', Authorization: await service.authorization(newUser()) };
          const texts = pushes().map((push) => JSON.stringify(push));
          let since = '0';
          return rate(async () => {
            for (const text of texts) {
              const body = `{"clientId":"${CLIENT_ID}","since":"${since}","changes":${text}}`;
              const response = await fetch(`${service.url}/sync/${APP_ID}`, { method: 'POST', headers, body });
              if (!response.ok) throw new Error(`a push was refused: ${await response.text()}`);
              since = ((await response.json()) as PushAnswer).syncedUntil;
            }
          });
        },
      },
    ],
  };
}

function inOneTrip(db: Database, userId: string): Transaction {
  return { query: (statement) => db.run(userSession(userId), statement), announce: db.announce };
}

function titleOf(batch: number, records: number): string {
  if (batch === 1) return 'one change at a time';
  const spread = records === batch ? 'each of another record' : `${batch / records} of each record`;
  return `batches of ${batch.toLocaleString('en')}, ${spread}`;
}

function newUser(): string {
  users += 1;
  return `appender-${users}`;
}
