import { z } from '@hono/zod-openapi';
import type { App, AppDeps, Readiness } from './app.ts';
import { openOperation } from './operation.ts';
import { VERSION } from './version.ts';

const TAG = 'Service';
const UNREADY: Readiness = { database: false, migrations: false, listener: false };

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.object({ database: z.boolean(), migrations: z.boolean(), listener: z.boolean() }),
});

export function healthRoutes(app: App, deps: Pick<AppDeps, 'ready' | 'plannerNotice' | 'runner'>): void {
  openOperation(
    app,
    {
      method: 'get',
      path: '/health',
      tag: TAG,
      summary: 'Whether the service runs, its version, and what to know about its planner',
      responses: {
        200: {
          description: 'It runs',
          schema: z.object({
            status: z.literal('ok'),
            version: z.string(),
            plannerNotice: z.string().optional(),
            modelDownSince: z.string().optional().openapi({
              description:
                'Since when the model server does not answer; a process with ROLE=api asks it nothing, and cannot say',
            }),
          }),
        },
      },
    },
    (c) => {
      const notice = deps.plannerNotice === undefined ? {} : { plannerNotice: deps.plannerNotice };
      const since = deps.runner?.modelDownSince();
      const down = since ? { modelDownSince: since.toISOString() } : {};
      return c.json({ status: 'ok', version: VERSION, ...notice, ...down });
    },
  );

  openOperation(
    app,
    {
      method: 'get',
      path: '/livez',
      tag: TAG,
      summary: 'Whether the process answers; looks at nothing else',
      responses: { 200: { description: 'It does', schema: z.object({ status: z.literal('ok') }) } },
    },
    (c) => c.json({ status: 'ok' }),
  );

  openOperation(
    app,
    {
      method: 'get',
      path: '/readyz',
      tag: TAG,
      summary: 'Whether requests can be served: database, migrations, listener',
      responses: {
        200: { description: 'They can', schema: readiness },
        503: { description: 'They cannot; the checks say why', schema: readiness },
      },
    },
    async (c) => {
      const { database, migrations, listener } = await deps.ready().catch(() => UNREADY);
      const ready = database && migrations && listener;
      return c.json(
        { status: ready ? 'ready' : 'not_ready', checks: { database, migrations, listener } },
        ready ? 200 : 503,
      );
    },
  );
}
