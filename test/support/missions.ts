import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import type { JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { Budget } from '../../src/core/planning/budget.ts';
import type { Planner } from '../../src/core/planning/planner.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { type Database, userSession, withUser } from '../../src/database/database.ts';
import { modelFromConfig } from '../../src/planner/model-from-config.ts';
import { createModelPlanner } from '../../src/planner/model-planner.ts';
import { createRunner, type RunnerOptions } from '../../src/runner/runner.ts';
import type { ModelServer } from './model-server.ts';

export function testRunner(
  options: Pick<RunnerOptions, 'db' | 'planner' | 'clock'> & Partial<RunnerOptions>,
): ReturnType<typeof createRunner> {
  return createRunner({
    registry: defaultRegistry,
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    name: 'test',
    concurrency: 10,
    perUser: 10,
    leaseMs: 30_000,
    sweepMs: 30_000,
    stopGraceMs: 5_000,
    maxAttempts: 5,
    budget: AMPLE,
    ...options,
  });
}

/** Caps that no test reaches unless it means to. */
export const AMPLE: Budget = { call: 40_960, userCalls: 1_000, userTokens: 1e12, missionTokens: 1e12 };

/** The product's model planner, on the scripted server. */
export function scriptedPlanner(server: ModelServer, timeoutMs = 20_000): Planner {
  return createModelPlanner({
    model: modelFromConfig({ baseUrl: server.url, model: 'scripted' }),
    modelName: 'scripted',
    timeoutMs,
    maxOutputTokens: 8_192,
    toolNames: defaultRegistry.tools.map(({ name }) => name),
  });
}

/** A model's plan that creates these tasks. */
export function planOf(...titles: string[]): { plan: JsonObject } {
  return {
    plan: {
      summary: `tasks: ${titles.join(', ')}`,
      steps: titles.map((title) => ({
        toolName: 'create_task',
        params: { title },
        rationale: `because of ${title}`,
        summary: `Create ${title}`,
      })),
    },
  };
}

export function writeMission(
  db: Database,
  user: string,
  id: string,
  fields: JsonObject = {},
  op: Change['op'] = 'insert',
) {
  const data = op === 'insert' ? { title: 'Move house', objective: 'Find a flat', ...fields } : fields;
  return write(db, user, { appId: 'ai', tableName: 'aiMissions', recordId: id, op, data, actor: USER });
}

export function write(db: Database, user: string, ...changes: Change[]) {
  return withUser(db, user, (tx) => appendChanges(tx, user, changes));
}

export interface IterationRow {
  id: string;
  data: JsonObject;
}

/** The iterations of a user, oldest first. */
export function iterationsOf(db: Database, user: string): Promise<IterationRow[]> {
  return db.run<IterationRow>(
    userSession(user),
    sql`select record_id as id, data from records where table_name = 'aiIterations' order by first_position`,
  );
}

/** The proposals of a user, oldest first. */
export async function proposalsOf(db: Database, user: string): Promise<(JsonObject & { id: string })[]> {
  const rows = await db.run<IterationRow>(
    userSession(user),
    sql`select record_id as id, data from records where table_name = 'aiProposals' order by first_position`,
  );
  return rows.map(({ id, data }) => ({ ...data, id }));
}

export async function missionRow(db: Database, user: string, id: string) {
  const [row] = await db.run<{
    wanted: number;
    begun: number;
    planned: number;
    attempts: number;
    state: string;
    claimed: boolean;
    queued: boolean;
    dueAt: Date | null;
    nextRunAt: Date | null;
  }>(
    userSession(user),
    sql`select wanted, begun, planned, attempts, state, claim_token is not null as claimed, queue_at is not null as queued,
               due_at as "dueAt", next_run_at as "nextRunAt" from missions where mission_id = ${id}`,
  );
  if (!row) throw new Error(`no mission ${id} of ${user}`);
  return row;
}
