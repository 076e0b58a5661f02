import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { JsonObject } from '../core/json.ts';
import { missionSchema, missionStateSchema } from '../core/missions/mission.ts';
import { validateRecord } from '../core/modules/validate-record.ts';
import { type Transaction, withUser } from '../database/database.ts';
import { readMissionAt } from '../log/past/mission-at.ts';
import { iterationSchema } from '../missions/iteration-view.ts';
import { missionSummarySchema, missionViewSchema } from '../missions/mission-view.ts';
import { readIteration } from '../missions/read-iterations.ts';
import { listMissions, readMissionView } from '../missions/read-missions.ts';
import { modelCallSchema, readModelCalls } from '../missions/read-model-calls.ts';
import {
  createMission,
  deleteMission,
  giveFeedback,
  requestRun,
  stopPlanning,
  updateMission,
} from '../missions/write-mission.ts';
import type { App, AppDeps } from './app.ts';
import { anyId, chosenId, cursor, pageSize } from './inputs.ts';
import { momentOf, momentParameter } from './moment.ts';
import { userOperation } from './operation.ts';
import { invalidRequest, Problem } from './problem.ts';

const TAG = 'Missions';
const FIRST_PAGE = 10;

// Clones: the schemas may have been made before @hono/zod-openapi gave zod its `openapi`.
const Mission = missionViewSchema.clone().openapi('Mission');
const Iteration = iterationSchema.clone().openapi('Iteration');
const MissionList = z.object({ missions: z.array(missionSummarySchema), nextCursor: z.string().nullable() });

// Strict, though records keep unknown fields: here `concept` for `conceptMarkdown` would vanish without a word.
const newMission = z.strictObject({ id: chosenId().optional(), ...missionSchema.shape }).openapi('NewMission');
const { conceptMarkdown, inputs, cadence, timeZone, state, replanOn, dailyTokens } = missionSchema.shape;
const missionChange = z
  .strictObject({
    title: missionSchema.shape.title.optional(),
    objective: missionSchema.shape.objective.optional(),
    // Without their defaults, which would overwrite what a change does not mention.
    conceptMarkdown: conceptMarkdown.removeDefault().optional(),
    inputs: inputs.removeDefault().optional(),
    cadence: cadence.removeDefault().optional(),
    timeZone: timeZone.removeDefault().optional(),
    state: state.removeDefault().optional(),
    replanOn,
    dailyTokens,
  })
  .openapi('MissionChange');

const missionId = z.object({ id: anyId() });

export function missionRoutes(app: App, deps: AppDeps): void {
  const { db, clock, registry } = deps;

  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/api/missions',
      tag: TAG,
      summary: 'Create a mission; it is planned at once',
      body: newMission,
      responses: { 201: { description: 'The mission', schema: Mission } },
      problems: ['mission_exists'],
    },
    async (c, { userId, body: { id = randomUUID(), ...fields } }) => {
      const data = checked(fields as JsonObject, false);
      const mission = await withUser(db, userId, async (tx) => {
        if (!(await createMission(tx, userId, id, data))) {
          throw new Problem(
            'mission_exists',
            'a mission with this id exists already, or did; choose another id or leave it out',
          );
        }
        return show(tx, id);
      });
      return c.json(mission, 201, { Location: `/api/missions/${encodeURIComponent(id)}` });
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/missions',
      tag: TAG,
      summary: 'List missions, newest first',
      query: z.strictObject({ state: missionStateSchema.optional(), limit: pageSize(200, 50), before: cursor() }),
      responses: { 200: { description: 'A page of missions', schema: MissionList } },
    },
    async (c, { userId, query }) =>
      c.json(await withUser(db, userId, (tx) => listMissions(tx, { ...query, now: clock.now() }))),
  );

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/missions/{id}',
      tag: TAG,
      summary: 'Read a mission with its iterations, newest first; as it is, or as it was',
      description: 'As it was, it is shown at rest: which plans were wanted and not yet made is not in the log.',
      params: missionId,
      query: z.strictObject({ iterations: pageSize(100, FIRST_PAGE), before: cursor(), at: momentParameter() }),
      responses: { 200: { description: 'The mission', schema: Mission } },
      problems: ['mission_not_found'],
    },
    async (c, { userId, params: { id }, query: { iterations, before, at } }) =>
      c.json(
        await withUser(db, userId, (tx) =>
          at === undefined ? show(tx, id, iterations, before) : showAt(tx, id, at, { limit: iterations, before }),
        ),
      ),
  );

  userOperation(
    app,
    deps,
    {
      method: 'patch',
      path: '/api/missions/{id}',
      tag: TAG,
      summary: 'Change fields of a mission; a change of what it says is planned at once',
      params: missionId,
      body: missionChange,
      responses: { 200: { description: 'The mission as it stands', schema: Mission } },
      problems: ['nothing_to_change', 'mission_not_found'],
    },
    async (c, { userId, params: { id }, body }) => {
      if (Object.keys(body).length === 0) {
        const fields = Object.keys(missionChange.shape).join(', ');
        throw new Problem('nothing_to_change', `the body names no field; give one or more of ${fields}`);
      }
      const data = checked(body as JsonObject, true);
      const mission = await withUser(db, userId, async (tx) => {
        if (!(await updateMission(tx, userId, id, data))) throw missionNotFound();
        return show(tx, id);
      });
      return c.json(mission);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'delete',
      path: '/api/missions/{id}',
      tag: TAG,
      summary: 'Delete a mission',
      params: missionId,
      responses: { 204: { description: 'It is deleted', schema: null } },
      problems: ['mission_not_found'],
    },
    async (c, { userId, params: { id } }) => {
      if (!(await withUser(db, userId, (tx) => deleteMission(tx, userId, id, clock.now())))) throw missionNotFound();
      return c.body(null, 204);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/api/missions/{id}/run',
      tag: TAG,
      summary: 'Ask for a plan now',
      params: missionId,
      responses: {
        202: {
          description: 'It is queued; the plan with this want number answers the request',
          schema: z.object({ id: z.string(), wanted: z.number() }),
        },
      },
      problems: ['mission_not_found', 'mission_not_active'],
    },
    async (c, { userId, params: { id } }) => {
      const request = await withUser(db, userId, (tx) => requestRun(tx, userId, id, clock.now()));
      if (request.ok) return c.json({ id, wanted: request.wanted }, 202);
      if (request.reason === 'mission_not_found') throw missionNotFound();
      throw new Problem('mission_not_active', 'only an active mission is planned; set its state to active first');
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/api/missions/{id}/stop',
      tag: TAG,
      summary: 'Stop planning: give up the plan that is wanted now',
      description:
        'A model that thinks about it is cut short. What was proposed before stays open; the cadence goes on.',
      params: missionId,
      responses: { 200: { description: 'The iteration that says so', schema: Iteration } },
      problems: ['mission_not_found', 'nothing_to_stop'],
    },
    async (c, { userId, params: { id } }) => {
      const times = { now: clock.now(), databaseNow: clock.databaseNow() };
      const iteration = await withUser(db, userId, async (tx) => {
        const stop = await stopPlanning(tx, userId, id, times);
        if (stop.ok) return readIteration(tx, id, stop.iterationId, times.now);
        if (stop.reason === 'mission_not_found') throw missionNotFound();
        throw new Problem('nothing_to_stop', 'no plan of this mission is wanted or under way');
      });
      return c.json(iteration);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'post',
      path: '/api/missions/{id}/iterations/{iterationId}/feedback',
      tag: TAG,
      summary: 'Say what you think of an iteration; the mission is planned anew with it in mind',
      params: z.object({ id: anyId(), iterationId: anyId() }),
      body: z.strictObject({ feedback: z.string().trim().min(1).max(4_000) }),
      responses: { 200: { description: 'The iteration', schema: Iteration } },
      problems: ['mission_not_found', 'iteration_not_found'],
    },
    async (c, { userId, params: { id, iterationId }, body }) => {
      const iteration = await withUser(db, userId, async (tx) => {
        const given = await giveFeedback(tx, userId, id, iterationId, body.feedback);
        if (given.ok) return readIteration(tx, id, iterationId, clock.now());
        if (given.reason === 'mission_not_found') throw missionNotFound();
        throw new Problem('iteration_not_found', 'this mission has no such iteration');
      });
      return c.json(iteration);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/missions/{id}/iterations/{iterationId}/calls',
      tag: TAG,
      summary: 'Read every exchange with the model behind an iteration, failed ones included',
      params: z.object({ id: anyId(), iterationId: anyId() }),
      responses: {
        200: { description: 'The calls, in their order', schema: z.object({ calls: z.array(modelCallSchema) }) },
      },
      problems: ['iteration_not_found'],
    },
    async (c, { userId, params: { id, iterationId } }) => {
      const calls = await withUser(db, userId, (tx) => readModelCalls(tx, id, iterationId));
      if (!calls) throw new Problem('iteration_not_found', 'this mission has no such iteration');
      return c.json({ calls });
    },
  );

  async function show(tx: Transaction, id: string, limit = FIRST_PAGE, before?: number) {
    const mission = await readMissionView(tx, id, { limit, before, now: clock.now() });
    if (!mission) throw missionNotFound();
    return mission;
  }

  async function showAt(tx: Transaction, id: string, at: string, page: { limit: number; before: number | undefined }) {
    const moment = await momentOf(tx, at);
    const mission = await readMissionAt(tx, id, moment, page);
    if (!mission) throw new Problem('mission_not_found', `there was no such mission at position ${moment.position}`);
    return mission;
  }

  function checked(fields: JsonObject, partial: boolean): JsonObject {
    const valid = validateRecord(registry, 'ai', 'aiMissions', fields, { partial });
    if (!valid.ok) throw invalidRequest(valid.issues);
    return valid.data;
  }
}

function missionNotFound(): Problem {
  return new Problem('mission_not_found', 'there is no such mission');
}
