import type { LanguageModelV3 } from '@ai-sdk/provider';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { ModelCall, PlanRequest, PlanSession } from '../../src/core/planning/planner.ts';
import { REPLY_CHARS } from '../../src/core/planning/reply.ts';
import { modelFromConfig, RESPONSE_BYTES } from '../../src/planner/model-from-config.ts';
import { createModelPlanner, type ModelPlannerOptions } from '../../src/planner/model-planner.ts';
import { hold, type ModelServer, startModelServer } from '../support/model-server.ts';
import { countTasks, goodPlan, planRequest } from '../support/planning.ts';

const KEY = 'sk-very-secret-key';
const LONG = 60_000;
const NOW = Date.parse('2026-03-07T13:05:00Z');

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(() => server.close());

function planner(options: Partial<ModelPlannerOptions> = {}) {
  const model = modelFromConfig({ baseUrl: server.url, apiKey: KEY, model: 'scripted' });
  return createModelPlanner({
    model,
    modelName: 'scripted',
    timeoutMs: LONG,
    maxOutputTokens: 8_192,
    clock: () => NOW,
    ...options,
  });
}

interface TestSession extends PlanSession {
  calls: ModelCall[];
  reads: { name: string; params: unknown }[];
}

function session(overrides: Partial<PlanSession> = {}): TestSession {
  const calls: ModelCall[] = [];
  const reads: TestSession['reads'] = [];
  return {
    signal: new AbortController().signal,
    recordedAnswers: [],
    reserveCall: async () => {},
    recordCall: async (call) => void calls.push(call),
    readTool: async (name, params): Promise<Json> => {
      reads.push({ name, params });
      return { open: 3 };
    },
    ...overrides,
    calls,
    reads,
  };
}

const plan = (request: PlanRequest = planRequest(), with_ = session(), options: Partial<ModelPlannerOptions> = {}) =>
  planner(options).plan(request, with_);

const parsed = { ...goodPlan, steps: [{ ...goodPlan.steps[0], params: { title: 'Find a course', priority: 'low' } }] };
const success = { ok: true, plan: parsed };

describe('a plan', () => {
  test('is asked for with prompt, read tools and schema, and recorded as it went over the wire', async () => {
    server.script({ plan: goodPlan });
    const recorder = session();
    expect(await plan(planRequest(), recorder)).toEqual(success);

    const { body, headers } = server.requests[0]!;
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(body.model).toBe('scripted');
    expect(body.messages.map((message) => message.role)).toEqual(['system', 'user']);
    expect(body.tools?.map((tool) => tool.function.name)).toEqual(['count_tasks']);
    expect(body.tool_choice).toBe('auto');
    expect(body.response_format).toMatchObject({ type: 'json_schema', json_schema: { name: 'plan', strict: false } });
    expect(recorder.calls).toEqual([
      {
        model: 'scripted',
        request: body,
        response: { text: JSON.stringify(goodPlan), toolCalls: [], finishReason: 'stop' },
        answer: JSON.stringify(goodPlan),
        inputTokens: 11,
        outputTokens: 7,
        durationMs: 0,
      },
    ]);
    expect(JSON.stringify(recorder.calls)).not.toContain(KEY);
  });

  test('needs no key, and no tools when there is nothing to read', async () => {
    server.script({ plan: goodPlan });
    const model = modelFromConfig({ baseUrl: server.url, model: 'scripted' });
    const request = planRequest({ tools: planRequest().tools.filter((tool) => tool !== countTasks) });
    expect(await plan(request, session(), { model })).toEqual(success);
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
    expect(server.requests[0]!.body).not.toHaveProperty('tools');
    expect(server.requests[0]!.body).not.toHaveProperty('tool_choice');
  });

  test.each([
    ['in a fence with prose', { text: `Here:\n\`\`\`json\n${JSON.stringify(goodPlan)}\n\`\`\`\nok?` }],
    ['byte by byte', { drip: JSON.stringify(goodPlan) }],
    ['after a while', hold({ plan: goodPlan })],
  ])('comes %s', async (_, reply) => {
    server.script(reply);
    const outcome = plan();
    await server.nextRequest();
    if ('release' in reply) reply.release();
    expect(await outcome).toEqual(success);
  });

  test('is not asked for when the policy leaves nothing to plan with', async () => {
    expect(await plan(planRequest({ tools: [countTasks] }))).toMatchObject({ ok: false, reason: 'no_steps' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('a bad reply', () => {
  test('gets one repair turn that quotes the reason', async () => {
    server.script({ text: 'As you wish!' }, { plan: goodPlan });
    const recorder = session();
    expect(await plan(planRequest(), recorder)).toEqual(success);
    const messages = server.requests[1]!.body.messages;
    expect(messages.slice(0, 2)).toEqual(server.requests[0]!.body.messages);
    expect(messages[2]).toMatchObject({ role: 'assistant', content: 'As you wish!' });
    expect(messages[3]!.content).toContain('(reply_not_json)');
    expect(server.requests[1]!.body.tool_choice).toBe('none');
    expect(recorder.calls.map((call) => call.answer)).toEqual(['As you wish!', JSON.stringify(goodPlan)]);
  });

  test('and a second one is a fault, after two requests', async () => {
    server.script({ text: '' }, { plan: { steps: [{ ...goodPlan.steps[0], toolName: 'wipe_all' }] } });
    const toolNames = ['add_task', 'add_note', 'count_tasks', 'wipe_all'];
    expect(await plan(planRequest(), session(), { toolNames })).toMatchObject({ ok: false, reason: 'denied_tool' });
    expect(server.requests).toHaveLength(2);
  });

  test('that Postgres cannot hold is recorded so that it can', async () => {
    server.setDefault({ text: 'a\u0000b \ud800 c' });
    const recorder = session();
    expect(await plan(planRequest(), recorder)).toMatchObject({ ok: false, reason: 'reply_not_json' });
    expect(recorder.calls.map((call) => call.answer)).toEqual(['a\ufffdb \ufffd c', 'a\ufffdb \ufffd c']);
    expect(JSON.stringify(recorder.calls)).not.toMatch(/\\u0000|\\ud800/);
  });

  test('that is too long is recorded cut, and is still too long when it is read again', async () => {
    server.setDefault({ text: '😀'.repeat(REPLY_CHARS) });
    const recorder = session();
    const outcome = await plan(planRequest(), recorder);
    expect(outcome).toMatchObject({ ok: false, reason: 'reply_shape' });
    const recordedAnswers = recorder.calls.map((call) => call.answer!);
    expect(recordedAnswers[0]!.length).toBeLessThan(REPLY_CHARS + 10);
    expect(await plan(planRequest(), session({ recordedAnswers }))).toEqual(outcome);
  });
});

describe('recorded answers', () => {
  test('stand in for the model', async () => {
    const recordedAnswers = [JSON.stringify(goodPlan)];
    expect(await plan(planRequest(), session({ recordedAnswers }))).toEqual(success);
    expect(await plan(planRequest(), session({ recordedAnswers: ['garbage', ...recordedAnswers] }))).toEqual(success);
    expect(recordedAnswers).toHaveLength(1);
    expect(server.requests).toHaveLength(0);
  });

  test('that are bad lead to the repair turn at once', async () => {
    server.script({ plan: goodPlan });
    expect(await plan(planRequest(), session({ recordedAnswers: ['garbage'] }))).toEqual(success);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]!.body.messages[2]).toMatchObject({ role: 'assistant', content: 'garbage' });
  });
});

describe('recordCall', () => {
  test('is awaited before anything is made of the reply', async () => {
    server.script({ toolCalls: [{ name: 'count_tasks', args: {} }] }, { text: 'garbage' }, { plan: goodPlan });
    const order: string[] = [];
    const watched = session({
      recordCall: async (call) => {
        order.push(`recording ${server.requests.length}`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`recorded ${call.answer?.slice(0, 7) ?? 'calls'}`);
      },
      readTool: async () => {
        order.push('read');
        return 1;
      },
    });
    expect(await plan(planRequest(), watched)).toEqual(success);
    const last = ['recording 3', 'recorded {"summa'];
    expect(order).toEqual(['recording 1', 'recorded calls', 'read', 'recording 2', 'recorded garbage', ...last]);
  });

  test('that throws ends the planning with that error', async () => {
    server.setDefault({ text: 'garbage' });
    const lapsed = new Error('the claim has lapsed');
    const failing = session({ recordCall: () => Promise.reject(lapsed) });
    await expect(plan(planRequest(), failing)).rejects.toBe(lapsed);
    expect(server.requests).toHaveLength(1);
  });
});

describe('read tools', () => {
  test('answer the model while it plans', async () => {
    const two = {
      toolCalls: [
        { name: 'count_tasks', args: { open: false } },
        { name: 'count_tasks', args: '' },
      ],
    };
    server.script(two, { plan: goodPlan });
    const recorder = session();
    expect(await plan(planRequest(), recorder)).toEqual(success);
    expect(recorder.reads).toEqual([
      { name: 'count_tasks', params: { open: false } },
      { name: 'count_tasks', params: {} },
    ]);
    const [, , called, ...answers] = server.requests[1]!.body.messages;
    expect(called!.tool_calls).toHaveLength(2);
    expect(answers).toEqual([
      { role: 'tool', tool_call_id: 'call_0', content: '{"open":3}' },
      { role: 'tool', tool_call_id: 'call_1', content: '{"open":3}' },
    ]);
    expect(recorder.calls.map((call) => call.answer)).toEqual([null, JSON.stringify(goodPlan)]);
    expect(recorder.calls[0]!.response).toMatchObject({
      toolCalls: [{ id: 'call_0', name: 'count_tasks', input: '{"open":false}' }, { id: 'call_1' }],
    });
  });

  test('that are none, or with arguments that are none, are answered with what is wrong', async () => {
    const deep = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    const calls = ['{"open":', '[1]', deep].map((args) => ({ name: 'count_tasks', args }));
    server.script({ toolCalls: [{ name: 'add_task', args: { title: 'x' } }, ...calls] }, { plan: goodPlan });
    const recorder = session();
    expect(await plan(planRequest(), recorder)).toEqual(success);
    expect(recorder.reads).toEqual([]);
    const answers = server.requests[1]!.body.messages.slice(3).map((message) => message.content);
    expect(answers[0]).toContain('named as a step of the plan');
    for (const answer of answers.slice(1)) expect(answer).toContain('not a JSON object');
  });

  test('are over after five rounds: then the model must answer', async () => {
    server.setDefault((request) =>
      request.body.tool_choice === 'none' ? { plan: goodPlan } : { toolCalls: [{ name: 'count_tasks', args: {} }] },
    );
    const recorder = session();
    expect(await plan(planRequest(), recorder)).toEqual(success);
    expect(recorder.reads).toHaveLength(5);
    const choices = server.requests.map((request) => request.body.tool_choice);
    expect(choices).toEqual(['auto', 'auto', 'auto', 'auto', 'auto', 'none']);
  });

  test('called for ever by a model that heeds nothing end in a fault after seven requests', async () => {
    server.setDefault({ toolCalls: Array(50).fill({ name: 'count_tasks', args: {} }) });
    const recorder = session();
    expect(await plan(planRequest(), recorder)).toMatchObject({ ok: false, reason: 'reply_not_json' });
    expect(server.requests).toHaveLength(7);
    expect(recorder.reads).toHaveLength(5 * 8);
  });

  test('with a long answer are cut, and invisible characters in it dropped', async () => {
    server.script({ toolCalls: [{ name: 'count_tasks', args: {} }] }, { plan: goodPlan });
    const chatty = session({ readTool: async () => `\u202e${'x'.repeat(1_000_000)}` });
    expect(await plan(planRequest(), chatty)).toEqual(success);
    const content = server.requests[1]!.body.messages[3]!.content!;
    expect(content.length).toBeLessThan(13_000);
    expect(content.startsWith('"xxx')).toBe(true);
    expect(content).toMatch(/\[cut: \d+ more characters\]$/);
  });

  test('that fail unexpectedly end the planning with that error', async () => {
    server.setDefault({ toolCalls: [{ name: 'count_tasks', args: {} }] });
    const broken = new Error('no database');
    await expect(plan(planRequest(), session({ readTool: () => Promise.reject(broken) }))).rejects.toBe(broken);
  });
});

describe('what a server refuses is left out, now and later', () => {
  const refusal = (status: number, message: string) => ({ status, body: { error: { message } } });

  test.each([
    refusal(400, "'response_format' of type json_schema is not supported"),
    refusal(422, 'Structured output is not available for this model'),
    refusal(400, 'json mode cannot be combined with tool/function calling'),
  ])('structured output', async (reply) => {
    server.script(reply);
    server.setDefault({ plan: goodPlan });
    const one = planner();
    expect(await one.plan(planRequest(), session())).toEqual(success);
    expect(await one.plan(planRequest(), session())).toEqual(success);
    const formats = server.requests.map((request) => request.body.response_format?.type);
    expect(formats).toEqual(['json_schema', undefined, undefined]);
    expect(server.requests[1]!.body.tools).toHaveLength(1);
  });

  test('tools', async () => {
    server.script(refusal(400, 'gemma does not support tools'));
    server.setDefault({ plan: goodPlan });
    const one = planner();
    expect(await one.plan(planRequest(), session())).toEqual(success);
    expect(await one.plan(planRequest(), session())).toEqual(success);
    expect(server.requests.map((request) => request.body.tools !== undefined)).toEqual([true, false, false]);
  });

  test('a server that refuses whatever is sent is not asked for ever', async () => {
    server.setDefault(refusal(400, 'does not support response_format and tools'));
    expect(await plan()).toMatchObject({ ok: false, reason: 'model_refused' });
    expect(server.requests).toHaveLength(3);
  });
});

describe('no reply', () => {
  test.each([
    [{ status: 429, headers: { 'retry-after': '2' } }, 'model_rate_limited', 2_000],
    [{ status: 429, headers: { 'retry-after': 'Sat, 07 Mar 2026 13:06:30 GMT' } }, 'model_rate_limited', 90_000],
    [{ status: 429, headers: { 'retry-after': 'Sat, 07 Mar 2026 13:00:00 GMT' } }, 'model_rate_limited', 0],
    [{ status: 429, headers: { 'retry-after': '999999999999' } }, 'model_rate_limited', 3_600_000],
    [{ status: 429, headers: { 'retry-after': 'later' } }, 'model_rate_limited', undefined],
    [{ status: 429 }, 'model_rate_limited', undefined],
    [{ status: 500 }, 'model_unavailable', undefined],
    [{ status: 503, headers: { 'retry-after': '0.5' } }, 'model_unavailable', 500],
    [{ status: 200, body: 'not json' }, 'model_unavailable', undefined],
    [{ status: 200, body: { choices: [] } }, 'model_unavailable', undefined],
    [{ status: 200, body: {} }, 'model_unavailable', undefined],
    [{ truncated: 'half of this' }, 'model_unavailable', undefined],
    [{ status: 400 }, 'model_refused', undefined],
    [{ status: 401 }, 'model_refused', undefined],
    [{ status: 403 }, 'model_refused', undefined],
    [{ status: 404 }, 'model_refused', undefined],
    [{ status: 307, headers: { location: '/v1/elsewhere' } }, 'model_refused', undefined],
  ])('%j is %s', async (reply, reason, retryAfterMs) => {
    server.setDefault(reply);
    const recorder = session();
    const outcome = await plan(planRequest(), recorder);
    expect(outcome).toMatchObject({ ok: false, reason });
    expect('retryAfterMs' in outcome ? outcome.retryAfterMs : undefined).toBe(retryAfterMs);
    expect(server.requests).toHaveLength(1);
    // A call that came to nothing may have cost as much as one that did not, so it is recorded as well.
    const fault = outcome.ok ? null : { reason: outcome.reason, message: outcome.message };
    expect(recorder.calls).toMatchObject([{ answer: null, response: { fault } }]);
  });

  test('a message says what to check, and tells neither key nor prompt nor response', async () => {
    const echo = { error: { message: `bad key ${KEY}, prompt was Learn Italian` } };
    const expected = { 401: 'LLM_API_KEY', 404: 'LLM_MODEL', 429: '429', 500: '500' };
    for (const [status, words] of Object.entries(expected)) {
      server.script({ status: Number(status), headers: { 'x-echo': KEY }, body: echo });
      const outcome = await plan();
      expect(JSON.stringify(outcome)).toContain(words);
      expect(JSON.stringify(outcome)).not.toMatch(/very-secret|Italian|bad key/);
    }
  });

  test('nobody listens', async () => {
    await server.close();
    expect(await plan()).toMatchObject({
      reason: 'model_unavailable',
      message: expect.stringMatching(/ECONNREFUSED.*LLM_BASE_URL/),
    });
    server = await startModelServer();
  });

  test('a body without end is not read to its end', async () => {
    server.script({ text: 'x'.repeat(RESPONSE_BYTES) });
    expect(await plan()).toMatchObject({ ok: false, reason: 'model_unavailable' });
  });

  test('a model that hangs times out, and the server sees the client go', async () => {
    server.setDefault({ hang: true });
    const outcome = await plan(planRequest(), session(), { timeoutMs: 50 });
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'model_timeout',
      message: expect.stringContaining('0.05 seconds'),
    });
    await Promise.all(server.requests.map((request) => request.disconnected));
  });

  test('an abort while the model thinks is rethrown, and the server sees the client go', async () => {
    server.setDefault({ hang: true });
    const controller = new AbortController();
    const outcome = plan(planRequest(), session({ signal: controller.signal }));
    const request = await server.nextRequest();
    const reason = new Error('the mission was edited');
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    await request.disconnected;
  });

  test('an abort that came before asks nothing', async () => {
    const reason = new Error('the mission was edited');
    await expect(plan(planRequest(), session({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  test('an abort between two rounds stops before the next', async () => {
    server.setDefault({ toolCalls: [{ name: 'count_tasks', args: {} }] });
    const controller = new AbortController();
    const reason = new Error('the claim was lost');
    const aborting = session({
      signal: controller.signal,
      readTool: async () => {
        controller.abort(reason);
        return null;
      },
    });
    await expect(plan(planRequest(), aborting)).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });
});

describe('any other provider', () => {
  const other = (doGenerate: LanguageModelV3['doGenerate']): LanguageModelV3 => ({
    specificationVersion: 'v3',
    provider: 'other',
    modelId: 'other',
    supportedUrls: {},
    doGenerate,
    doStream: () => Promise.reject(new Error('not used')),
  });

  test('that ignores the abort signal still times out', async () => {
    const deaf = other(() => new Promise(() => {}));
    expect(await plan(planRequest(), session(), { model: deaf, timeoutMs: 20 })).toMatchObject({
      reason: 'model_timeout',
    });
  });

  test('that throws what it likes is unavailable, without its words', async () => {
    const broken = other(() => Promise.reject(new RangeError(`secret ${KEY}`)));
    expect(await plan(planRequest(), session(), { model: broken })).toEqual({
      ok: false,
      reason: 'model_unavailable',
      message: 'The model call failed (RangeError).',
    });
  });

  test('that tells no request body has the question recorded', async () => {
    const model = other(async () => ({
      content: [{ type: 'text', text: JSON.stringify(goodPlan) }],
      finishReason: { unified: 'stop', raw: undefined },
      usage: {
        inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: Number.NaN, text: undefined, reasoning: undefined },
      },
      warnings: [],
    }));
    const recorder = session();
    expect(await plan(planRequest(), recorder, { model })).toEqual(success);
    expect(recorder.calls[0]).toMatchObject({
      inputTokens: null,
      outputTokens: null,
      request: { prompt: [{ role: 'system' }, { role: 'user' }], toolChoice: { type: 'auto' } },
    });
  });
});
