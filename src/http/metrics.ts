import { z } from '@hono/zod-openapi';
import type { App, AppDeps } from './app.ts';
import { openOperation } from './operation.ts';

export function metricsRoute(app: App, { metrics }: Pick<AppDeps, 'metrics'>): void {
  if (!metrics) return;
  openOperation(
    app,
    {
      method: 'get',
      path: '/metrics',
      tag: 'Service',
      summary: 'What this process counts and times of its work, for Prometheus',
      responses: { 200: { description: 'Text format 0.0.4', schema: z.string(), mediaType: 'text/plain' } },
      problems: ['internal'],
    },
    async (c) => {
      const { text, contentType } = await metrics.expose();
      return c.body(text, 200, { 'Content-Type': contentType });
    },
  );
}
