import { createChangeSource } from '../sync/change-source.ts';
import type { App, AppDeps } from './app.ts';
import { baseApp } from './base-app.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import { meRoute } from './me.ts';
import { metricsRoute } from './metrics.ts';
import { missionRoutes } from './missions.ts';
import { policyRoutes } from './policy.ts';
import { proposalRoutes } from './proposals.ts';
import { recordRoutes } from './records.ts';
import { syncPullRoutes } from './sync-pull.ts';
import { syncPushRoute } from './sync-push.ts';
import { syncStreamRoutes } from './sync-stream.ts';
import { syncTicketRoute } from './sync-ticket.ts';
import { tickRoute } from './tick.ts';
import { undoRoutes } from './undo.ts';
import { webRoutes } from './web.ts';

/** The HTTP service as one function from request to response; it listens nowhere by itself. */
export function createApp(deps: AppDeps): App {
  const app = baseApp(deps);
  healthRoutes(app, deps);
  metricsRoute(app, deps);
  meRoute(app, deps);
  missionRoutes(app, deps);
  proposalRoutes(app, deps);
  recordRoutes(app, deps);
  undoRoutes(app, deps);
  policyRoutes(app, deps);
  syncTicketRoute(app, deps);
  const source = createChangeSource(deps);
  syncPullRoutes(app, deps, source);
  syncStreamRoutes(app, deps, source);
  syncPushRoute(app, deps);
  tickRoute(app, deps);
  docsRoutes(app);
  if (deps.webRoot !== undefined) webRoutes(app, deps.webRoot);
  return app;
}

/** What a process answers that only plans: how it is, and nobody's data. */
export function createRunnerApp(
  deps: Pick<AppDeps, 'clock' | 'log' | 'metrics' | 'ready' | 'runner' | 'serviceKey' | 'plannerNotice'>,
): App {
  const app = baseApp({ ...deps, guard: 'none' });
  healthRoutes(app, deps);
  metricsRoute(app, deps);
  tickRoute(app, deps);
  docsRoutes(app);
  return app;
}
