import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { insertOne, notFound, nothingToChange, update } from './effects.ts';
import { day, line, recordId, text } from './fields.ts';
import { type Module, type RecordView, writeTool } from './module.ts';
import { describeLines, heading, nameOf, numberOf, oneLine, textOf } from './reading.ts';

const GOALS = 'goals';
const MAX_UNIT = 50;
const MAX_PROGRESS_NOTE = 2_000;

const goalSchema = z.looseObject({
  title: line(),
  target: z.number().positive('must be greater than 0').nullish(),
  unit: line(MAX_UNIT).nullish(),
  progress: z.number().default(0),
  deadline: day().nullish(),
  // The newest note only: an array under last-write-wins loses writes, and the earlier ones stand in the log.
  lastProgressNote: text(MAX_PROGRESS_NOTE).nullish(),
});

const createGoal = writeTool({
  name: 'create_goal',
  description: 'Create a goal, with a target number where progress can be counted.',
  parameters: z.strictObject({
    title: line().describe('What is to be reached, as one line'),
    target: z.number().positive('must be greater than 0').optional().describe('The number to reach, greater than 0'),
    unit: line(MAX_UNIT).optional().describe('What the number counts, for example km or pages'),
    deadline: day().optional().describe('The day by which to reach it, YYYY-MM-DD'),
  }),
  needs: () => [],
  summarise: ({ title, target, unit, deadline }) => {
    const amount = target === undefined ? '' : `: ${withUnit(target, unit)}`;
    return `Create the goal "${oneLine(title)}"${amount}${deadline ? `, by ${deadline}` : ''}`;
  },
  apply: (params, context) => insertOne(GOALS, goalSchema, params, context),
});

const logGoalProgress = writeTool({
  name: 'log_goal_progress',
  description: 'Add to the progress of a goal; a negative amount takes back.',
  parameters: z.strictObject({
    goalId: recordId().describe('The id of the goal'),
    amount: z
      .number()
      .refine((amount) => amount !== 0, 'must not be 0')
      .describe("What to add, in the goal's unit; not 0"),
    note: text(MAX_PROGRESS_NOTE).optional().describe('A remark on this progress, as plain text'),
  }),
  needs: ({ goalId }) => [{ table: GOALS, id: goalId }],
  summarise: ({ goalId, amount, note }) =>
    `Add ${amount} to the progress of the goal ${goalId}${note ? `: "${oneLine(note)}"` : ''}`,
  apply: ({ goalId, amount, note }, { find }) => {
    const goal = find(GOALS, goalId);
    if (!goal) return notFound('goal', goalId);
    const before = progressOf(goal);
    const progress = add(before, amount);
    if (progress === before || !Number.isFinite(progress)) {
      return nothingToChange(
        'progress_stays',
        `The progress of "${nameOf(goal, 'title')}" is ${before}; adding ${amount} to it is not possible.`,
      );
    }
    const data: JsonObject = note === undefined ? { progress } : { progress, lastProgressNote: note };
    return { ok: true, effects: [update(GOALS, goalId, data)] };
  },
});

/** Goals: what is to be reached, and how far it is. */
export const goals: Module = {
  appId: 'goals',
  title: 'Goals',
  collections: {
    [GOALS]: {
      schema: goalSchema,
      label: (goal) => nameOf(goal, 'title'),
      describe: (goal) => {
        const [target, unit] = [numberOf(goal, 'target'), textOf(goal, 'unit')];
        const progress = withUnit(progressOf(goal), unit);
        return describeLines(heading('Goal', goal, 'title'), [
          ['Progress', target === undefined ? progress : `${progress} of ${withUnit(target, unit)}`],
          ['Deadline', textOf(goal, 'deadline')],
          ['Last note', textOf(goal, 'lastProgressNote')],
        ]);
      },
      shows: ['title', 'progress', 'target', 'unit', 'deadline', 'lastProgressNote'],
    },
  },
  tools: [createGoal, logGoalProgress],
};

function progressOf(goal: RecordView): number {
  return numberOf(goal, 'progress') ?? 0;
}

/** The sum as a person would write it: 0.1 + 0.2 is 0.3. */
function add(a: number, b: number): number {
  const sum = a + b;
  return Number.isInteger(sum) ? sum : Number(sum.toPrecision(15));
}

function withUnit(amount: number, unit: string | undefined): string {
  return unit ? `${amount} ${oneLine(unit)}` : String(amount);
}
