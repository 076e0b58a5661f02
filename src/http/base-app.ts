import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { describeError } from '../describe-error.ts';
import { allowOrigins } from './allow-origins.ts';
import type { App, AppDeps, AppEnv } from './app.ts';
import { observe } from './observe.ts';
import { Problem } from './problem.ts';
import { singleUserGuard } from './single-user-guard.ts';
import { toProblem } from './to-problem.ts';

/** What every answer has in common, whatever the routes: observation, origins, guard, and problems for what goes wrong. */
export function baseApp(deps: Pick<AppDeps, 'clock' | 'log' | 'metrics' | 'corsOrigins' | 'guard'>): App {
  const app: App = new OpenAPIHono<AppEnv>();
  app.use(observe(deps.log, deps.metrics));
  if (deps.corsOrigins?.length) app.use(allowOrigins(deps.corsOrigins));
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (_, methods) => notAllowed(methods).toResponse() }));
  if (deps.guard === 'single-user') app.use(singleUserGuard);

  app.notFound(() =>
    new Problem('not_found', 'there is nothing at this path; GET /docs lists what there is').toResponse(),
  );
  app.onError((error, c) => {
    const isWrite = c.req.method !== 'GET' && c.req.method !== 'HEAD';
    const problem = toProblem(error, deps.clock.now(), { isWrite });
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
