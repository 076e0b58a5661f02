import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { App, AppDeps } from './app.ts';
import { openOperation } from './operation.ts';
import { Problem } from './problem.ts';

const SweepReport = z
  .object({
    scannedAt: z.string(),
    dueMissionCount: z.number(),
    plansProduced: z.number(),
    plansWrittenBack: z.number(),
    parseFailures: z.number(),
    errors: z.number(),
  })
  .openapi('SweepReport');

export function tickRoute(app: App, deps: Pick<AppDeps, 'runner' | 'serviceKey'>): void {
  openOperation(
    app,
    {
      method: 'post',
      path: '/internal/tick',
      tag: 'Service',
      summary: 'Look for missions to plan now, and plan them (header X-Service-Key)',
      responses: { 200: { description: 'What was found and done', schema: SweepReport } },
      problems: ['service_key_not_configured', 'service_key_invalid', 'no_runner', 'internal'],
    },
    async (c) => {
      if (!deps.serviceKey) {
        throw new Problem(
          'service_key_not_configured',
          'set SERVICE_KEY where the service starts, and send it as X-Service-Key',
        );
      }
      if (!isSame(c.req.header('x-service-key') ?? '', deps.serviceKey)) {
        throw new Problem('service_key_invalid', 'send the key of this service in the header X-Service-Key', {
          headers: { 'WWW-Authenticate': 'X-Service-Key' },
        });
      }
      if (!deps.runner) throw new Problem('no_runner', 'this process plans nothing; ask one that runs missions');
      return c.json(await deps.runner.sweep());
    },
  );
}

/** Compares digests, so that the time it takes tells nothing of the key, its length included. */
function isSame(given: string, key: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(key));
}
