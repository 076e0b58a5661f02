import type { JSONSchema7, LanguageModelV3, LanguageModelV3Prompt } from '@ai-sdk/provider';
import type { Planner, PlanOutcome, PlanRequest, PlanSession } from '../core/planning/planner.ts';
import { buildPrompt, repairPrompt } from '../core/planning/prompt.ts';
import { parseReply } from '../core/planning/reply.ts';
import { replySchema } from '../core/planning/reply-schema.ts';
import { toolSchema } from '../core/planning/tool-schema.ts';
import { cutText } from '../core/text.ts';
import { answerCalls } from './answer-calls.ts';
import { type AskedModel, askModel, type Question } from './ask-model.ts';
import type { ModelFailure } from './model-fault.ts';

export interface ModelPlannerOptions {
  model: LanguageModelV3;
  modelName: string;
  /** For each model call; a plan takes one to seven of them. */
  timeoutMs: number;
  /** For one answer. */
  maxOutputTokens: number;
  /** The names of all tools that exist, so that one the policy denies is told from one that does not exist. */
  toolNames?: readonly string[];
  /** Epoch ms; the system clock when absent. */
  clock?: () => number;
}

/** After this many rounds of read tools the model must answer. */
export const READ_ROUNDS = 5;
/** How much of its own bad reply the model sees in the repair turn. UTF-16 units. */
export const BAD_REPLY_CHARS = 20_000;

/** A planner that asks a language model, with one repair turn for a reply that is not a plan. */
export function createModelPlanner(options: ModelPlannerOptions): Planner {
  const { toolNames = [], clock = Date.now, ...rest } = options;
  const asked: AskedModel = { ...rest, clock, offers: { format: true, tools: true, maxTokens: true } };
  return {
    model: options.modelName,
    needsDecidedSteps: false,
    plan: (request, session) => plan(asked, toolNames, request, session),
  };
}

async function plan(
  asked: AskedModel,
  toolNames: readonly string[],
  request: PlanRequest,
  session: PlanSession,
): Promise<PlanOutcome> {
  if (!request.tools.some((tool) => tool.kind === 'write'))
    return {
      ok: false,
      reason: 'no_steps',
      message: 'The policy denies every tool that could be a step; allow at least one.',
    };

  const denied = toolNames.filter((name) => !request.tools.some((tool) => tool.name === name));
  const question = firstQuestion(request);
  const recorded = [...session.recordedAnswers];

  const first = await nextAnswer(READ_ROUNDS);
  if (!first.ok) return first;
  const parsed = parseReply(first.text, request.tools, denied);
  if (parsed.ok) return parsed;

  question.prompt.push(
    { role: 'assistant', content: [{ type: 'text', text: cutText(first.text, BAD_REPLY_CHARS) || '(empty)' }] },
    { role: 'user', content: [{ type: 'text', text: repairPrompt(parsed.reason, parsed.message) }] },
  );
  const second = await nextAnswer(0);
  return second.ok ? parseReply(second.text, request.tools, denied) : second;

  /** From the record of an earlier process while there is one, else from the model. */
  async function nextAnswer(rounds: number): Promise<Closing | ModelFailure> {
    const text = recorded.shift();
    return text === undefined ? converse(asked, question, rounds, session) : { ok: true, text };
  }
}

type Closing = { ok: true; text: string };

function firstQuestion(request: PlanRequest): Omit<Question, 'mayCall'> {
  const { system, user } = buildPrompt(request);
  const prompt: LanguageModelV3Prompt = [
    { role: 'system', content: system },
    { role: 'user', content: [{ type: 'text', text: user }] },
  ];
  const tools = request.tools
    .filter((tool) => tool.kind === 'read')
    .map((tool) => ({
      type: 'function' as const,
      name: tool.name,
      description: tool.description,
      inputSchema: toolSchema(tool) as JSONSchema7,
    }));
  return { prompt, tools, replySchema: replySchema(request.tools) };
}

/** Asks until the model answers, running the read tools that it calls in at most `rounds` rounds. Extends the prompt. */
async function converse(
  asked: AskedModel,
  question: Omit<Question, 'mayCall'>,
  rounds: number,
  session: PlanSession,
): Promise<Closing | ModelFailure> {
  for (let round = 0; ; round++) {
    const answer = await askModel(asked, { ...question, mayCall: round < rounds }, session);
    if (!answer.ok) return answer;
    if (answer.text !== null) return { ok: true, text: answer.text };
    question.prompt.push(...(await answerCalls(answer, question.tools, session)));
  }
}
