/**
 * pg-missions as a library: run the whole service, or put its parts together yourself with your own modules, planner,
 * users and server. `src/service.ts` is the example of how the parts fit.
 */

export { type Authenticate, createAuthenticator } from './auth/create-authenticator.ts';
export { type Clock, systemClock } from './clock.ts';
export { type Config, type ConfigResult, readConfig } from './config.ts';
export type { Json, JsonObject } from './core/json.ts';
export type { Actor } from './core/log/actor.ts';
export type { Change, LoggedChange, Op } from './core/log/change.ts';
export { type FoldedRecord, foldChange, writeWins } from './core/log/merge.ts';
export { type Cadence, cadenceSchema, nextRun, nextRuns } from './core/missions/cadence.ts';
export { type Mission, type MissionFields, missionSchema } from './core/missions/mission.ts';
export {
  type ApplyResult,
  type Collection,
  type Effect,
  type Module,
  readTool,
  type Tool,
  type ToolContext,
  writeTool,
} from './core/modules/module.ts';
export { createRegistry, defaultRegistry, type Registry } from './core/modules/registry.ts';
export { createOutlinePlanner } from './core/planning/outline.ts';
export type { Plan, Planner, PlanOutcome, PlanRequest, PlanSession, PlanStep } from './core/planning/planner.ts';
export type { Policy } from './core/proposals/policy.ts';
export type { Proposal } from './core/proposals/proposal.ts';
export { appendChanges } from './database/append-changes.ts';
export { type Database, type OnAppended, type Transaction, withUser } from './database/database.ts';
export { migratePglite, migratePostgres } from './database/migrate.ts';
export { openDatabase } from './database/open-database.ts';
export { openPostgres } from './database/postgres/open-postgres.ts';
export { type Decision, type DecisionOutcome, decideProposal } from './decisions/decide-proposal.ts';
export { createApp, createRunnerApp } from './http/create-app.ts';
export { findWebRoot } from './http/find-web-root.ts';
export { createRateLimit, type RateLimit } from './http/rate-limit.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { createModelPlanner } from './planner/model-planner.ts';
export { createRunner, type Runner, type RunnerOptions } from './runner/runner.ts';
export { type Service, startService } from './service.ts';
export { type ChangeHub, createChangeHub } from './sync/change-hub.ts';
export { type OpenedHub, openHub } from './sync/open-hub.ts';
export { readHeads } from './sync/read-heads.ts';
