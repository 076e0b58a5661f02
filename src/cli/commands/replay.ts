import type { Command } from 'commander';
import pc from 'picocolors';
import type { Json } from '../../core/json.ts';
import { defaultRegistry } from '../../core/modules/registry.ts';
import type { StepDifference, ValueDifference } from '../../core/planning/compare-plans.ts';
import { withUser } from '../../database/database.ts';
import { readIds } from '../../log/read-ids.ts';
import { choosePlanner } from '../../planner/choose-planner.ts';
import { type Replay, replayIteration } from '../../replay/replay-iteration.ts';
import { CommandFault } from '../command-fault.ts';
import type { CommandContext } from '../context.ts';
import type { Run } from '../run-cli.ts';
import { suggest } from '../suggest.ts';

interface ReplayOptions {
  model?: string;
  promptFromSource?: boolean;
}

/** `replay`: an iteration planned again, on what it saw, and what is other in the plan. Ends with 1 when something is. */
export function addReplayCommand(program: Command, run: Run): void {
  program
    .command('replay <iteration>')
    .description(
      'plan an iteration again on what it saw, from the recorded answers or by asking a model, and print what differs; writes nothing',
    )
    .option('--prompt-from-source', "ask the configured model with today's prompt, on the inputs as they were")
    .option('--model <name>', 'ask this model of LLM_BASE_URL so')
    .action(
      run(async (context, iterationId: string, options: ReplayOptions) => {
        const planner = choosePlannerOf(context, options);
        const userId = await context.knownUser();
        const db = await context.database();
        const deps = { db, registry: defaultRegistry, signal: context.signal };
        const result = await replayIteration(deps, userId, iterationId, planner).catch((error) => {
          context.checkInterrupt();
          throw error;
        });
        if (!result.ok) {
          const known =
            result.reason === 'iteration_not_found'
              ? await withUser(db, userId, (tx) => readIds(tx, 'ai', 'aiIterations'))
              : [];
          throw new CommandFault(result.message + suggest(iterationId, known));
        }
        context.print(result.replay, describe(result.replay));
        return result.replay.difference.same ? 0 : 1;
      }),
    );
}

/** Undefined: what is recorded serves. */
function choosePlannerOf({ config }: CommandContext, { model, promptFromSource }: ReplayOptions) {
  if (model === undefined && !promptFromSource) return undefined;
  if (model !== undefined && config.LLM_BASE_URL === undefined) {
    throw new CommandFault('--model names a model, but LLM_BASE_URL does not say where it is', 2);
  }
  return choosePlanner({ ...config, LLM_MODEL: model ?? config.LLM_MODEL }, defaultRegistry);
}

function describe({ iterationId, sawPosition, models, calls, plan, difference }: Replay): string {
  const tokens = calls.reduce(
    (sum, { inputTokens, outputTokens }) => sum + (inputTokens ?? 0) + (outputTokens ?? 0),
    0,
  );
  const asked = calls.length === 0 ? 'from what was recorded' : `asked anew: calls ${calls.length}, tokens ${tokens}`;
  return [
    `${iterationId}, on the log up to position ${sawPosition}`,
    `  then   ${models.before}`,
    `  today  ${models.after} (${asked})`,
    ...(plan.ok ? [] : [`  today there is no plan: ${plan.message}`]),
    ...difference.differences.flatMap(describeValue),
    ...difference.steps.flatMap(describeStep),
    difference.same ? pc.green('the same plan') : pc.yellow('another plan'),
  ].join('\n');
}

function describeStep({ index, status, toolName, summary, differences }: StepDifference): string[] {
  return [`  ${status.padEnd(8)} ${index + 1}. ${toolName}: ${summary}`, ...differences.flatMap(describeValue)];
}

function describeValue({ path, before, after }: ValueDifference): string[] {
  return [`      ${path}`, `        ${pc.red(`- ${show(before)}`)}`, `        ${pc.green(`+ ${show(after)}`)}`];
}

function show(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
