import type { ModelReply } from '../../support/model-server.ts';

/** A plan of tasks, as the model answers it. */
export function planOf(...tasks: { title: string; rationale?: string; notes?: string }[]): ModelReply {
  const steps = tasks.map(({ title, rationale = `${title} comes first`, notes }) => ({
    toolName: 'create_task',
    params: { title, ...(notes === undefined ? {} : { notes }) },
    rationale,
    summary: `Create the task ${title}`,
  }));
  return { plan: { summary: 'What comes next', steps } };
}
