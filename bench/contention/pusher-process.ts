/** A process that writes for many users at the same time and has a stream hub, as an API process has. */
import pino from 'pino';
import { systemClock } from '../../src/clock.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { parseSince, type Since } from '../../src/core/sync/cursor.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { type Database, type Transaction, userSession } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { openHub } from '../../src/sync/open-hub.ts';
import { pushChanges } from '../../src/sync/push-changes.ts';
import { acceptedChanges, acceptedPush, taskChanges } from '../harness/task-changes.ts';
import { serveWorker } from '../harness/worker.ts';

/**
 * Who tells of a commit. `announcer`: this process, for many of them at once, as the service does. `nobody`: no NOTIFY at
 * all. `trigger`: a NOTIFY in each transaction, as plain SQL writers have it.
 */
export type ToldBy = 'announcer' | 'nobody' | 'trigger';

/** `push`: all that a push does. `append`: its insert alone, in one round trip, so that commits weigh the most. */
export type Write = 'push' | 'append';

export interface WriteOrder {
  write: Write;
  toldBy: ToldBy;
  /** The users, each of whom writes one change after the other. */
  userIds: string[];
  milliseconds: number;
}

export interface PusherCalls {
  /** Answers with the commits per second. */
  write(order: WriteOrder): Promise<number>;
}

const [url = '', poolSize = ''] = process.argv.slice(2);
const log = pino({ level: 'warn' }, pino.destination(2));
const options = { connectionString: url, poolSize: Number(poolSize), onError: (error: Error) => log.error(error) };
// It listens whoever tells: what a NOTIFY costs depends on how many connections listen.
const joined = await openHub(async (onAppended) => openPostgres({ ...options, onAppended }), {
  clock: systemClock,
  log,
});
const databases: Record<ToldBy, Database> = {
  announcer: joined.db,
  nobody: openPostgres({ ...options, onAppended: () => {} }),
  trigger: openPostgres(options),
};
const writers: Record<Write, (db: Database, userId: string) => () => Promise<void>> = {
  push: pusher,
  append: appender,
};

serveWorker<PusherCalls>({
  async write({ write, toldBy, userIds, milliseconds }) {
    const begun = performance.now();
    let commits = 0;
    await Promise.all(
      userIds.map(async (userId) => {
        const writeOne = writers[write](databases[toldBy], userId);
        for (; performance.now() - begun < milliseconds; commits++) await writeOne();
      }),
    );
    return (commits / (performance.now() - begun)) * 1000;
  },
});

function pusher(db: Database, userId: string): () => Promise<void> {
  let since: Since = { kind: 'start' };
  return async () => {
    const push = { ...acceptedPush(taskChanges(1)), since };
    const outcome = await pushChanges(db, { registry: defaultRegistry, userId, now: new Date() }, push);
    if (!outcome.ok) throw new Error(`a push was refused: ${JSON.stringify(outcome)}`);
    since = parseSince(outcome.answer.syncedUntil) as Since;
  };
}

function appender(db: Database, userId: string): () => Promise<void> {
  const inOneTrip: Transaction = {
    query: (statement) => db.run(userSession(userId), statement),
    announce: db.announce,
  };
  return async () => {
    await appendChanges(inOneTrip, userId, acceptedChanges(taskChanges(1)));
  };
}
