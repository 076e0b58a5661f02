import { z } from '@hono/zod-openapi';
import type { App, AppDeps } from './app.ts';
import { userOperation } from './operation.ts';

export function meRoute(app: App, deps: AppDeps): void {
  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/me',
      tag: 'Service',
      summary: 'Whose requests these are: the subject of the token, or the one user of a service without tokens',
      responses: { 200: { description: 'You', schema: z.object({ userId: z.string() }) } },
      never: ['database_unavailable'],
    },
    (c, { userId }) => c.json({ userId }),
  );
}
