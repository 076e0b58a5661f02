import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { describeError } from '../describe-error.ts';
import { allowOrigins } from './allow-origins.ts';
import type { App, AppDeps, AppEnv } from './app.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import { missionRoutes } from './missions.ts';
import { observe } from './observe.ts';
import { policyRoutes } from './policy.ts';
import { Problem } from './problem.ts';
import { proposalRoutes } from './proposals.ts';
import { recordRoutes } from './records.ts';
import { singleUserGuard } from './single-user-guard.ts';
import { syncPullRoutes } from './sync-pull.ts';
import { syncPushRoute } from './sync-push.ts';
import { syncStreamRoutes } from './sync-stream.ts';
import { syncTicketRoute } from './sync-ticket.ts';
import { tickRoute } from './tick.ts';
import { toProblem } from './to-problem.ts';

/** The HTTP service as one function from request to response; it listens nowhere by itself. */
export function createApp(deps: AppDeps): App {
  const app: App = new OpenAPIHono<AppEnv>();

  app.use(observe(deps.log));
  if (deps.corsOrigins?.length) app.use(allowOrigins(deps.corsOrigins));
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (_, methods) => notAllowed(methods).toResponse() }));
  if (deps.guard === 'single-user') app.use(singleUserGuard);

  healthRoutes(app, deps);
  missionRoutes(app, deps);
  proposalRoutes(app, deps);
  recordRoutes(app, deps);
  policyRoutes(app, deps);
  syncTicketRoute(app, deps);
  syncPullRoutes(app, deps);
  syncStreamRoutes(app, deps);
  syncPushRoute(app, deps);
  tickRoute(app, deps);
  docsRoutes(app);

  app.notFound(() =>
    new Problem('not_found', 'there is nothing at this path; GET /docs lists what there is').toResponse(),
  );
  app.onError((error, c) => {
    const problem = toProblem(error, deps.clock.now());
    if (problem.status >= 500) {
      const requestId = c.get('requestId');
      deps.log.error({ requestId, route: c.get('route') ?? null, failure: describeError(error) }, problem.code);
      problem.details.extras = { ...problem.details.extras, requestId };
    }
    return problem.toResponse();
  });
  return app;
}

function notAllowed(methods: string[]): Problem {
  const allow = methods.join(', ');
  return new Problem('method_not_allowed', `this path takes ${allow}`, { headers: { Allow: allow } });
}
