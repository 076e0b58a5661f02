import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReply, RATIONALE_CHARS, REPLY_CHARS, SUMMARY_CHARS } from '../../../src/core/planning/reply.ts';
import { addNote, goodPlan, tools } from '../../support/planning.ts';

const good = JSON.stringify(goodPlan);
const parsedPlan = {
  summary: 'Start with a course',
  steps: [{ ...goodPlan.steps[0], params: { title: 'Find a course', priority: 'low' } }],
};

function withStep(overrides: Record<string, unknown>): string {
  return JSON.stringify({ summary: 's', steps: [{ ...goodPlan.steps[0], ...overrides }] });
}

function withParams(params: string): string {
  return `{"summary":"s","steps":[{"toolName":"add_note","rationale":"r","params":${params}}]}`;
}

describe('a plan is found', () => {
  test.each([
    ['as the whole text', good],
    ['with white space around', `\n  ${good}\n`],
    ['in a fenced block', `Here you are:\n\n\`\`\`json\n${good}\n\`\`\`\nEnjoy {it}!`],
    ['in a fence without a language', `\`\`\`\n${good}\n\`\`\``],
    ['in prose', `Sure! ${good} Anything else?`],
    ['after an object of the prose', `I looked at {"x": 1} and {this}. ${good}`],
    ['after a brace that nobody closes', `A { is a brace. ${good}`],
    ['after thinking with a draft', `<think>{"steps":[]} or maybe...</think>\n${good}`],
    ['after thinking whose opening tag the template ate', `hm, {"steps":[]}\n</think>${good}`],
    ['under plan instead of steps', good.replace('"steps"', '"plan"')],
    ['in an array', `[${good}]`],
  ])('%s', (_, text) => {
    expect(parseReply(text, tools)).toEqual({ ok: true, plan: parsedPlan });
  });

  test('in a fence although a parameter holds a fence', () => {
    const note = withStep({ toolName: 'add_note', params: { body: 'code:\n```json\n{}\n```\n' } });
    expect(parseReply(`\`\`\`json\n${note}\n\`\`\``, tools)).toMatchObject({
      ok: true,
      plan: { steps: [{ params: { body: 'code:\n```json\n{}\n```\n' } }] },
    });
  });

  test('a missing summary falls back: of a step to the tool, of the plan to its steps', () => {
    const text = JSON.stringify({ steps: [{ ...goodPlan.steps[0], summary: undefined }] });
    expect(parseReply(text, tools)).toMatchObject({
      ok: true,
      plan: { summary: 'Add the task Find a course', steps: [{ summary: 'Add the task Find a course' }] },
    });
  });

  test('rationale and summaries are trimmed, cleaned and capped', () => {
    const rationale = `  because\u202e ${'x'.repeat(RATIONALE_CHARS)}`;
    const result = parseReply(withStep({ rationale, summary: `a\n\u0000b ${'y'.repeat(SUMMARY_CHARS)}` }), tools);
    if (!result.ok) throw new Error(result.message);
    const step = result.plan.steps[0]!;
    expect(step.rationale.startsWith('because x')).toBe(true);
    expect(step.rationale).toMatch(/x \[cut: 8 more characters\]$/);
    expect(step.summary.startsWith('a b y')).toBe(true);
    expect(step.summary.length).toBeLessThan(SUMMARY_CHARS + 40);
  });
});

describe('a reply that is no plan is named', () => {
  test.each([
    ['', 'reply_not_json', 'no complete JSON object'],
    ['I am sorry, I cannot do that.', 'reply_not_json', 'no complete JSON object'],
    [good.slice(0, -3), 'reply_shape', 'steps'],
    ['{"summary": "s", "steps": [', 'reply_not_json', 'no complete JSON object'],
    ['<think>{"steps":[]} and then', 'reply_not_json', 'no complete JSON object'],
    ['[1, 2]', 'reply_shape', 'must be a JSON object'],
    ['{"answer": 42}', 'reply_shape', 'steps: must be an array'],
    ['{"steps": {"0": 1}}', 'reply_shape', 'steps: must be an array'],
    ['{"steps": []}', 'no_steps', 'plan 1 to 5 steps'],
    ['{"steps": [1]}', 'reply_shape', 'steps[0]: must be an object'],
    [JSON.stringify({ steps: Array(6).fill(goodPlan.steps[0]) }), 'too_many_steps', 'has 6 steps'],
    [withStep({ toolName: undefined }), 'reply_shape', 'steps[0].toolName'],
    [
      withStep({ toolName: 'drop_table' }),
      'unknown_tool',
      'there is no tool "drop_table"; use one of: add_task, add_note',
    ],
    [withStep({ toolName: '__proto__' }), 'unknown_tool', 'there is no tool'],
    [withStep({ toolName: 'count_tasks' }), 'unknown_tool', 'count_tasks only reads and is called while planning'],
    [withStep({ toolName: 'wipe_all' }), 'denied_tool', 'policy denies wipe_all'],
    [withStep({ rationale: undefined }), 'rationale_missing', 'steps[0].rationale'],
    [withStep({ rationale: ' \n\u200b' }), 'rationale_missing', 'steps[0].rationale'],
    [withStep({ rationale: 7 }), 'rationale_missing', 'steps[0].rationale'],
    [withStep({ params: { title: '' } }), 'invalid_params', 'steps[0].params.title: '],
    [withStep({ params: undefined }), 'invalid_params', 'steps[0].params.title: is required'],
    [withStep({ params: 'title=x' }), 'invalid_params', 'steps[0].params: must be an object'],
    [withStep({ params: { title: 'x', priority: 'urgent' } }), 'invalid_params', 'steps[0].params.priority: '],
    [withParams('{"body":"b","tags":["a",3]}'), 'invalid_params', 'steps[0].params.tags[1]: '],
  ])('%j', (text, reason, words) => {
    const result = parseReply(text, tools, ['wipe_all']);
    expect(result).toMatchObject({ ok: false, reason });
    if (!result.ok) expect(result.message).toContain(words);
  });

  test('the path names the step that is wrong', () => {
    const text = JSON.stringify({ steps: [goodPlan.steps[0], { ...goodPlan.steps[0], params: { title: 3 } }] });
    expect(parseReply(text, tools)).toMatchObject({ message: expect.stringContaining('steps[1].params.title: ') });
  });
});

describe('hostile replies', () => {
  test.each([
    ['NUL', '{"body":"a\\u0000b"}', 'steps[0].params.body: holds a NUL'],
    ['half a surrogate pair', '{"body":"b","more":{"deep":["\\ud83d"]}}', 'steps[0].params.more.deep[0]: holds'],
    ['NUL in a key', '{"body":"b","a\\u0000":1}', 'steps[0].params: has a key'],
    ['a number beyond double', '{"body":"b","n":1e999}', 'steps[0].params.n: the number is too large'],
  ])('%s in parameters is refused', (_, params, words) => {
    const result = parseReply(withParams(params), tools);
    expect(result).toMatchObject({ ok: false, reason: 'invalid_params' });
    if (!result.ok) expect(result.message).toContain(words);
  });

  test('a whole emoji is welcome', () => {
    expect(parseReply(withParams('{"body":"\\ud83d\\ude00"}'), tools)).toMatchObject({
      plan: { steps: [{ params: { body: '😀' } }] },
    });
  });

  test('__proto__ keys change nothing', () => {
    const text = withParams(
      '{"body":"b","__proto__":{"polluted":1},"in":{"__proto__":{"polluted":1},"constructor":2}}',
    );
    const result = parseReply(text, tools);
    expect(result).toEqual({
      ok: true,
      plan: {
        summary: 's',
        steps: [
          {
            toolName: 'add_note',
            params: { body: 'b', in: { constructor: 2 } },
            rationale: 'r',
            summary: 'Write a note',
          },
        ],
      },
    });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('too long, by one', () => {
    const padded = good + ' '.repeat(REPLY_CHARS - good.length);
    expect(parseReply(padded, tools).ok).toBe(true);
    expect(parseReply(`${padded} `, tools)).toMatchObject({ ok: false, reason: 'reply_shape' });
  });

  test('nested too deep: 32 levels pass, 33 do not', () => {
    const nested = (levels: number) => withParams(`{"body":"b","x":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect(parseReply(nested(28), tools).ok).toBe(true);
    expect(parseReply(nested(29), tools)).toMatchObject({
      reason: 'reply_shape',
      message: expect.stringContaining('32'),
    });
    expect(parseReply(`so: ${nested(29)}`, tools)).toMatchObject({ reason: 'reply_shape' });
    expect(parseReply('['.repeat(REPLY_CHARS), tools)).toMatchObject({ reason: 'reply_shape' });
    expect(parseReply('{"a":'.repeat(REPLY_CHARS / 5), tools)).toMatchObject({ reason: 'reply_shape' });
    expect(parseReply(withParams(`{"body":"${'['.repeat(100)}"}`), tools).ok).toBe(true);
  });

  test.each([
    '{',
    '{"',
    '{ "a',
    '}{',
    '```json',
    '```json\n',
    '<think>',
    '</think>',
    '"\\',
    '\u200d',
    '{"steps":[{}]}',
  ])('%j, as often as it fits, is done with quickly', (scrap) => {
    const text = scrap.repeat(Math.floor(REPLY_CHARS / scrap.length));
    expect(parseReply(text, tools)).toMatchObject({ ok: false });
  });

  test('messages quote little of the reply', () => {
    const long = 'SECRET'.repeat(5_000);
    const replies = [
      long,
      withStep({ toolName: long }),
      withStep({ params: { [long]: 1, title: 4 } }),
      withParams(`{"body":"b","${long}":"\\u0000"}`),
      withParams(`{"body":"b","tags":[${Array(500).fill(1).join(',')}]}`),
    ];
    for (const reply of replies) {
      const result = parseReply(reply, tools);
      if (result.ok) throw new Error('should be refused');
      expect(result.message.length).toBeLessThan(800);
      expect((result.message.match(/SECRET/g) ?? []).length * 6).toBeLessThan(200);
    }
  });
});

describe('properties', () => {
  const scraps = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '```json\n',
    '```',
    '<think>',
    '</think>',
    '"steps":',
    ':',
    ',',
    good,
  );

  test('never throws', () => {
    const units = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes));
    const noise = fc.array(fc.oneof(scraps, units), { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(fc.property(noise, (text) => void parseReply(text, tools, ['x'])));
  });

  test('never throws on any JSON', () => {
    const step = fc.record(
      { toolName: fc.oneof(fc.constant('add_note'), fc.json()), params: fc.anything(), rationale: fc.anything() },
      { requiredKeys: [] },
    );
    const reply = fc.record({ steps: fc.oneof(fc.array(fc.oneof(step, fc.jsonValue())), fc.jsonValue()) });
    fc.assert(
      fc.property(reply, (value) => {
        const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item));
        parseReply(text, tools);
      }),
    );
  });

  test('a plan in prose comes back as it went', () => {
    const words = fc.string().map((text) => text.replace(/[{}[\]"`<]/g, ''));
    const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    const plan = fc.record({
      summary: fc.constant('A plan'),
      steps: fc.array(
        fc.record({
          toolName: fc.constant('add_note'),
          params: fc.record({ body: storable, tags: fc.array(storable, { maxLength: 3 }) }),
          rationale: fc.constant('It helps.'),
          summary: fc.constant('A note'),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    });
    fc.assert(
      fc.property(plan, words, words, fc.boolean(), (value, before, after, fenced) => {
        const json = JSON.stringify(value, null, fenced ? 2 : 0);
        const text = `${before}\n${fenced ? `\`\`\`json\n${json}\n\`\`\`` : json}\n${after}`;
        expect(parseReply(text, [addNote])).toEqual({ ok: true, plan: value });
      }),
    );
  });
});
