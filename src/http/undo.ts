import { z } from '@hono/zod-openapi';
import { withUser } from '../database/database.ts';
import { undoChanges } from '../log/undo/undo-changes.ts';
import { undoReportSchema } from '../log/undo/undo-report.ts';
import type { App, AppDeps } from './app.ts';
import { anyId } from './inputs.ts';
import { userOperation } from './operation.ts';
import { Problem } from './problem.ts';

const UndoAnswer = undoReportSchema.clone().openapi('UndoReport');
const undoBody = z
  .strictObject({ dryRun: z.boolean().default(false).openapi({ description: 'Only tell what would be done' }) })
  .openapi('Undo');

const TARGETS = [
  { kind: 'iteration', path: '/api/iterations/{id}/undo', tag: 'Missions', problem: 'iteration_not_found' },
  { kind: 'proposal', path: '/api/proposals/{id}/undo', tag: 'Proposals', problem: 'proposal_not_found' },
] as const;

/** Taking back what an iteration, or one of its proposals, has changed. */
export function undoRoutes(app: App, deps: AppDeps): void {
  const { db, clock, registry } = deps;
  for (const { kind, path, tag, problem } of TARGETS) {
    userOperation(
      app,
      deps,
      {
        method: 'post',
        path,
        tag,
        summary: `Take back what this ${kind} has changed`,
        description:
          'A field goes back to its earlier value only where the AI’s value still stands; what was changed since is left, and listed.',
        params: z.object({ id: anyId() }),
        body: undoBody,
        responses: { 200: { description: 'What went back, or would, and what is left and why', schema: UndoAnswer } },
        problems: [problem],
      },
      async (c, { userId, params: { id }, body: { dryRun } }) => {
        const options = { userId, registry, now: clock.now(), dryRun };
        const report = await withUser(db, userId, (tx) => undoChanges(tx, { kind, id }, options));
        if (!report) throw new Problem(problem, `there is no such ${kind}`);
        return c.json(report);
      },
    );
  }
}
