import { z } from 'zod';
import type { JsonObject } from '../../src/core/json.ts';
import { update } from '../../src/core/modules/effects.ts';
import { missionsModule } from '../../src/core/modules/missions-module.ts';
import { writeTool } from '../../src/core/modules/module.ts';
import { notes } from '../../src/core/modules/notes.ts';
import { createRegistry } from '../../src/core/modules/registry.ts';
import type { PlanStep } from '../../src/core/planning/planner.ts';

/** What no module that is shipped has: a tool that changes missions, its own one too. */
const editMission = writeTool({
  name: 'edit_mission',
  description: 'Edit a mission.',
  parameters: z.strictObject({ id: z.string(), set: z.record(z.string(), z.json()) }),
  needs: () => [],
  summarise: ({ id }) => `Edit ${id}`,
  apply: ({ id, set }) => ({ ok: true, effects: [update('aiMissions', id, set as JsonObject)] }),
});

export const hostileRegistry = createRegistry([notes, { ...missionsModule, tools: [editMission] }]);

export const MISSIONS = ['A', 'B', 'C', 'D'];
export const NOTES = ['x', 'y', 'z'];

/** Anything that may wake a mission, when it is linked to it. Not proposals: to approve one is an act of the person's own. */
export function drawInputs(random: () => number) {
  const ref = (appId: string, table: string, id: string) => ({ appId, table, id });
  return Array.from({ length: 2 + Math.floor(random() * 4) }, () => {
    const kind = random();
    const mission = pick(random, MISSIONS);
    if (kind < 0.5) return ref('notes', 'notes', pick(random, NOTES));
    if (kind < 0.8) return ref('ai', 'aiMissions', mission);
    return ref('ai', 'aiIterations', `${mission}-${1 + Math.floor(random() * 4)}`);
  });
}

/** Something of which, when a person edits it, the mission wants a new plan; never the same twice. */
export function drawMissionEdit(random: () => number): JsonObject {
  const kind = random();
  if (kind < 0.3) return { objective: `Another one: ${random()}` };
  if (kind < 0.5) return { title: `Mission ${random()}` };
  if (kind < 0.6) return { runRequestedAt: `${random()}` };
  if (kind < 0.7) return { cadence: { kind: 'daily', atHour: Math.floor(random() * 24), atMinute: 0 } };
  if (kind < 0.8) return { state: 'active', conceptMarkdown: `${random()}` };
  return { replanOn: 'inputs', inputs: drawInputs(random) };
}

/** One or two steps, each of which changes what some mission may be planned from, be it its own. */
export function drawSteps(random: () => number): PlanStep[] {
  return Array.from({ length: 1 + Math.floor(random() * 2) }, (): PlanStep => {
    const words = { rationale: 'to be planned again', summary: 'Wake somebody' };
    return random() < 0.6
      ? { toolName: 'append_to_note', params: { noteId: pick(random, NOTES), text: `${random()}` }, ...words }
      : { toolName: 'edit_mission', params: { id: pick(random, MISSIONS), set: drawMissionEdit(random) }, ...words };
  });
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}
