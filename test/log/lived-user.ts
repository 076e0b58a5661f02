import { sql } from 'drizzle-orm';
import { systemClock } from '../../src/clock.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { newUser, type TestEngine } from '../support/engines.ts';
import { planOf, scriptedPlanner, testRunner, write, writeMission } from '../support/missions.ts';
import { startModelServer } from '../support/model-server.ts';

/** A user with some life behind them: tasks that came and went, a planned mission, one at rest, and one that waits. */
export async function livedUser({ db }: TestEngine): Promise<string> {
  const user = newUser();
  const task = (recordId: string, op: Change['op'], data: Change['data'] = {}): Change => ({
    ...{ appId: 'todo', tableName: 'tasks', recordId, op, data, actor: USER },
  });
  await write(
    db,
    user,
    task('t1', 'insert', { title: 'Call', completed: false, ratio: 1.5, tags: ['a', { b: null }] }),
  );
  await write(
    db,
    user,
    task('t1', 'update', { title: 'Call again', completed: true }),
    task('t2', 'insert', { title: 'Gone' }),
  );
  await write(db, user, task('t2', 'delete'), task('t3', 'insert', { title: 'Back' }), task('t3', 'delete'));
  await write(db, user, task('t3', 'insert', { title: 'Back again' }), task('t4', 'update', {}));
  await writeMission(db, user, 'planned', {
    cadence: { kind: 'daily', atHour: 7, atMinute: 0 },
    timeZone: 'Europe/Berlin',
  });
  await writeMission(db, user, 'paused', { state: 'paused' });
  const model = await startModelServer();
  try {
    model.setDefault(planOf('A', 'B'));
    const runner = testRunner({ db, planner: scriptedPlanner(model), clock: systemClock });
    await runner.sweep();
    await runner.stop();
  } finally {
    await model.close();
  }
  await withUser(db, user, (tx) =>
    decideProposal(tx, { registry: defaultRegistry, userId: user, now: new Date() }, 'planned-1-0', {
      decision: 'approve',
    }),
  );
  await writeMission(db, user, 'waiting');
  return user;
}

export interface ProjectedRow {
  key: string;
  row: Record<string, unknown>;
}

/** All rows of the projections of a user, as they stand. */
export async function projectionsOf(
  { db }: TestEngine,
  user: string,
): Promise<Record<'records' | 'missions', ProjectedRow[]>> {
  const [records, missions] = await Promise.all([
    db.run<ProjectedRow>(
      userSession(user),
      sql`select concat_ws('/', app_id, table_name, record_id) as key, to_jsonb(r) as row from records r
          order by app_id, table_name, record_id`,
    ),
    db.run<ProjectedRow>(
      userSession(user),
      sql`select mission_id as key, to_jsonb(m) as row from missions m order by mission_id`,
    ),
  ]);
  return { records, missions };
}
