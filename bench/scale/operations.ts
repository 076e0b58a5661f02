import pino from 'pino';
import type { Planner } from '../../src/core/planning/planner.ts';
import type { PullAnswer } from '../../src/core/sync/wire.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { createBenchRunner, TWO_STEPS } from '../harness/bench-runner.ts';
import type { BenchService } from '../harness/bench-service.ts';
import { APP_ID, CLIENT_ID, taskChanges } from '../harness/task-changes.ts';
import { userOf } from './fill-users.ts';

/** What people and runners do all day. */
export interface Operation {
  name: string;
  /** What has to be there first, and is not counted. */
  prepare?(users: readonly number[]): Promise<void>;
  /** Once for each of these users. */
  run(users: readonly number[]): Promise<void>;
}

const SYNC = `/sync/${APP_ID}`;

export function operationsOn(databaseUrl: string, service: BenchService): Operation[] {
  async function request(user: number, method: 'GET' | 'POST', path: string, body?: object): Promise<string> {
    const headers = { 'Content-Type': 'application/json', Authorization: await service.authorization(userOf(user)) };
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(service.url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return text;
  }
  const ofEach = (work: (user: number) => Promise<unknown>) => async (users: readonly number[]) => {
    for (const user of users) await work(user);
  };
  const get = (name: string, path: string): Operation => ({ name, run: ofEach((user) => request(user, 'GET', path)) });
  const runNow = ofEach((user) => request(user, 'POST', '/api/missions/trip/run'));
  const cursors = new Map<number, string>();
  const push = (name: string, changes: number): Operation => ({
    name,
    prepare: ofEach(async (user) => {
      const answer = await request(user, 'GET', `${SYNC}/pull?since=${new Date().toISOString()}`);
      cursors.set(user, (JSON.parse(answer) as PullAnswer).syncedUntil);
    }),
    run: ofEach((user) =>
      request(user, 'POST', SYNC, { clientId: CLIENT_ID, since: cursors.get(user), changes: taskChanges(changes) }),
    ),
  });
  return [
    push('push of one change', 1),
    push('push of 100 changes', 100),
    get('pull of 50 changes', `${SYNC}/pull?since=0&limit=50`),
    get('GET /api/missions', '/api/missions'),
    get('GET /api/proposals', '/api/proposals'),
    { name: 'run now', run: runNow },
    { name: 'a mission claimed, read, planned and recorded', prepare: runNow, run: () => planAll(databaseUrl) },
  ];
}

/** Plans what is wanted, with a planner that answers at once. */
export async function planAll(databaseUrl: string): Promise<void> {
  const log = pino({ level: 'warn' }, pino.destination(2));
  const db = openPostgres({ connectionString: databaseUrl, poolSize: 4, onError: (error) => log.error(error) });
  const planner: Planner = {
    model: 'bench',
    needsDecidedSteps: false,
    plan: async () => ({ ok: true, plan: TWO_STEPS }),
  };
  const runner = createBenchRunner({ db, planner, concurrency: 4 });
  try {
    const { errors } = await runner.sweep();
    if (errors > 0) throw new Error('a plan could not be recorded');
  } finally {
    await db.close();
  }
}
