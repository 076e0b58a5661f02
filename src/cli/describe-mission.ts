import pc from 'picocolors';
import { cleanText } from '../core/text.ts';
import type { IterationView } from '../missions/iteration-view.ts';
import type { MissionView } from '../missions/mission-view.ts';
import { describePairs, describeText, describeValue } from './describe.ts';
import { describePlanning } from './describe-planning.ts';

/** A mission for a person: what it says, as it is now also how far planning it is, then its iterations, the newest first, with what became of each step. */
export function describeMission(mission: MissionView, isNow: boolean): string {
  const { id, title, objective, conceptMarkdown, cadence, timeZone, state, inputs, iterations } = mission;
  const facts: [string, string][] = [
    ['state', state],
    ...(isNow ? [['planning', describePlanning(mission, iterations[0])] as [string, string]] : []),
    ['objective', describeText(objective)],
    ['cadence', `${describeValue(cadence)}, ${timeZone}`],
    ...(inputs.length > 0 ? [['inputs', describeValue(inputs, 300)] as [string, string]] : []),
  ];
  const concept = cleanText(conceptMarkdown)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return [
    `${pc.bold(describeText(title))}  ${id}`,
    ...describePairs(facts, '  '),
    ...concept.map((line) => `  | ${line}`),
    ...iterations.flatMap((iteration) => ['', ...describeIteration(iteration)]),
    ...(mission.iterationsCursor === null ? [] : ['', 'older iterations are not shown']),
  ].join('\n');
}

function describeIteration({ id, model, finishedAt, overallStatus, summary, error, feedback, plan }: IterationView) {
  return [
    `${pc.bold(id)}  ${overallStatus}  ${model}, ${finishedAt}`,
    ...(summary ? [`  ${describeText(summary)}`] : []),
    ...(error ? [`  ${error.reason}: ${describeText(error.message)}`] : []),
    ...plan.flatMap((step) => [
      `  ${step.status.padEnd(10)}  ${step.proposalId}  ${describeText(step.summary)}`,
      `  ${''.padEnd(10)}  ${pc.dim(describeText(step.rationale))}`,
    ]),
    ...(feedback === undefined ? [] : [`  feedback: ${describeText(feedback)}`]),
  ];
}
