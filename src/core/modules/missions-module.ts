import { z } from 'zod';
import { missionSchema } from '../missions/mission.ts';
import { policySchema } from '../proposals/policy.ts';
import type { Module } from './module.ts';
import { describeLines, heading, nameOf, textOf } from './reading.ts';

/** Iterations and proposals are written by the server alone, so their schemas only say what to expect when reading. */
const iterationSchema = z.looseObject({
  missionId: z.string().optional(),
  summary: z.string().optional(),
  overallStatus: z.string().optional(),
});

const proposalSchema = z.looseObject({
  missionId: z.string().optional(),
  iterationId: z.string().optional(),
  toolName: z.string().optional(),
  rationale: z.string().optional(),
  status: z.string().optional(),
});

/** Missions with their iterations, proposals and the person's policy. No tools: the planner does not plan itself. */
export const missionsModule: Module = {
  appId: 'ai',
  title: 'Missions',
  collections: {
    aiMissions: {
      schema: missionSchema,
      label: (mission) => nameOf(mission, 'title'),
      describe: (mission) =>
        describeLines(heading('Mission', mission, 'title'), [
          ['State', textOf(mission, 'state')],
          ['Objective', textOf(mission, 'objective')],
          ['Concept', textOf(mission, 'conceptMarkdown')],
        ]),
      shows: ['title', 'state', 'objective', 'conceptMarkdown'],
    },
    aiIterations: {
      schema: iterationSchema,
      label: (iteration) => nameOf(iteration, 'summary'),
      describe: (iteration) =>
        describeLines(heading('Iteration', iteration, 'summary'), [
          ['Mission', textOf(iteration, 'missionId')],
          ['Status', textOf(iteration, 'overallStatus')],
        ]),
      shows: ['summary', 'missionId', 'overallStatus'],
    },
    aiProposals: {
      schema: proposalSchema,
      label: (proposal) => nameOf(proposal, 'toolName'),
      describe: (proposal) =>
        describeLines(heading('Proposal', proposal, 'toolName'), [
          ['Mission', textOf(proposal, 'missionId')],
          ['Status', textOf(proposal, 'status')],
          ['Why', textOf(proposal, 'rationale')],
        ]),
      shows: ['toolName', 'missionId', 'status', 'rationale'],
    },
    aiPolicy: {
      // One field per tool, so that two devices that set two tools at once both have their way.
      schema: z.object({}).catchall(policySchema),
      label: () => 'Policy',
      describe: (policy) =>
        describeLines(
          'Policy',
          Object.keys(policy.data).map((toolName) => [toolName, textOf(policy, toolName)]),
        ),
    },
  },
  tools: [],
};

/** The id of the one record in `ai/aiPolicy`. */
export const POLICY_RECORD_ID = 'policy';

/** Collections, as `appId/table`, that only the server writes: a client's change to them is refused. */
export const serverOwnedCollections: ReadonlySet<string> = new Set(['ai/aiIterations', 'ai/aiProposals']);

/** True when only the server writes this collection. */
export function isServerOwned(appId: string, table: string): boolean {
  return serverOwnedCollections.has(`${appId}/${table}`);
}
