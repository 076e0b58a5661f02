import { z } from 'zod';
import { readTool, type Tool, writeTool } from '../../src/core/modules/module.ts';
import type { PlanRequest } from '../../src/core/planning/planner.ts';

/** Two writes and a read, small enough to see through, for tests of the prompt, the reply and the model planner. */
export const addTask: Tool = writeTool({
  name: 'add_task',
  description: 'Puts a task on the list.',
  parameters: z.object({ title: z.string().min(1).max(100), priority: z.enum(['low', 'high']).default('low') }),
  needs: () => [],
  summarise: ({ title }) => `Add the task ${title}`,
  apply: () => ({ ok: true, effects: [] }),
});

export const addNote: Tool = writeTool({
  name: 'add_note',
  description: 'Writes a note.',
  parameters: z.looseObject({ body: z.string(), tags: z.array(z.string()).optional() }),
  needs: () => [],
  summarise: () => 'Write a note',
  apply: () => ({ ok: true, effects: [] }),
});

export const countTasks: Tool = readTool({
  name: 'count_tasks',
  description: 'Says how many tasks there are.',
  parameters: z.object({ open: z.boolean().default(true) }),
  needs: () => [],
  read: () => 0,
  shows: {},
});

export const tools = [addTask, addNote, countTasks];

export function planRequest(overrides: Partial<PlanRequest> = {}): PlanRequest {
  return {
    mission: {
      id: 'm1',
      title: 'Learn Italian',
      objective: 'Hold a conversation by summer',
      conceptMarkdown: '- [ ] find a course',
      inputs: [],
      cadence: { kind: 'manual' },
      timeZone: 'Europe/Berlin',
      state: 'active',
    },
    inputs: [],
    iterations: [],
    decidedSteps: [],
    tools,
    now: new Date('2026-03-07T13:05:00Z'),
    ...overrides,
  };
}

export const goodPlan = {
  summary: 'Start with a course',
  steps: [
    {
      toolName: 'add_task',
      params: { title: 'Find a course' },
      rationale: 'A course gives rhythm.',
      summary: 'Find one',
    },
  ],
};
