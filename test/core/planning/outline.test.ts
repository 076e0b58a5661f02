import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missionSchema } from '../../../src/core/missions/mission.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { createOutlinePlanner } from '../../../src/core/planning/outline.ts';
import {
  MAX_STEPS,
  type PastStep,
  type Plan,
  type PlanRequest,
  type PlanSession,
  type PlanStep,
} from '../../../src/core/planning/planner.ts';

const NOW = new Date('2026-03-12T14:00:00Z');

function request(conceptMarkdown: string, rest: Partial<PlanRequest> = {}): PlanRequest {
  const fields = missionSchema.parse({
    title: 'Home',
    objective: 'Keep it',
    conceptMarkdown,
    timeZone: 'Europe/Berlin',
  });
  return {
    mission: { ...fields, id: 'm1' },
    inputs: [],
    iterations: [],
    decidedSteps: [],
    tools: [...defaultRegistry.tools],
    now: NOW,
    ...rest,
  };
}

/** The outline planner asks nobody and records nothing: any call is a failure. */
const session: PlanSession = {
  signal: new AbortController().signal,
  readTool: () => Promise.reject(new Error('readTool was called')),
  reserveCall: () => Promise.reject(new Error('reserveCall was called')),
  recordCall: () => Promise.reject(new Error('recordCall was called')),
  recordedAnswers: [],
};

async function plan(concept: string, rest?: Partial<PlanRequest>): Promise<Plan> {
  const outcome = await createOutlinePlanner().plan(request(concept, rest), session);
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.plan;
}

const titles = async (concept: string, rest?: Partial<PlanRequest>) =>
  (await plan(concept, rest)).steps.map((step) => step.params.title);

const decided = ({ toolName, params, rationale }: PlanStep, status = 'approved'): PastStep => ({
  toolName,
  params,
  rationale,
  status,
});

describe('the steps', () => {
  it('are tasks for open items and events for lines with a date and a time', async () => {
    const concept =
      '# Week\n\n- [ ] Call the **dentist** tomorrow\n- Dinner with Ana on Friday 19:00 to 21:00\n- milk\n';
    expect(createOutlinePlanner()).toMatchObject({ model: 'outline', needsDecidedSteps: true });
    expect(await plan(concept)).toEqual({
      summary: 'outline (no model configured): 2 open items of the concept',
      steps: [
        {
          toolName: 'create_task',
          params: { title: 'Call the dentist', dueDate: '2026-03-13' },
          rationale: 'Outline: open item in the concept, line 3 ("Call the dentist tomorrow").',
          summary: 'Create task "Call the dentist", due 2026-03-13',
        },
        {
          toolName: 'create_event',
          params: {
            title: 'Dinner with Ana',
            startsAt: '2026-03-13T18:00:00.000Z',
            endsAt: '2026-03-13T20:00:00.000Z',
          },
          rationale:
            'Outline: line with a date and a time in the concept, line 4 ("Dinner with Ana on Friday 19:00 to 21:00").',
          summary: 'Create event "Dinner with Ana", 2026-03-13T18:00:00.000Z to 2026-03-13T20:00:00.000Z',
        },
      ],
    });
  });

  it('take every way to write an open item', async () => {
    const concept = '- [ ] a\n* [ ] b\r\n  + [ ] c\n\t1. [ ] d\n> 2) [ ] e';
    expect(await titles(concept)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('leave out what is checked, empty, prose, a heading, a table or code', async () => {
    const concept = [
      '- [x] done',
      '- [X] Done 2026-04-01 19:00',
      '- [-] cancelled 2026-04-01 19:00',
      '- [ ]',
      '- [ ] ---',
      '[ ] no marker',
      '# Dinner on 2026-04-01 19:00',
      '| Dinner | 2026-04-01 19:00 |',
      'Some prose about 2026-04-01.',
      '````md',
      '- [ ] in a fence',
      '```',
      '- [ ] still in it',
      '````',
      '  ~~~',
      '- [ ] in a fence too',
      '  ~~~',
      '- [ ] real',
      '```',
      '- [ ] in a fence that nobody closes',
    ].join('\n');
    expect(await titles(concept)).toEqual(['real']);
  });

  it('take inline markup out of titles', async () => {
    const concept = [
      '- [ ] Read [the *guide*](https://x.example/2026-04-01) and `run` it',
      '- [ ] Fix snake_case_name and 2 * 3 * 4',
      '- [ ] _All_ of ~~it~~ **now**',
      '- [ ] See ![a chart](c.png) in [[Notes|my notes]] \\*here\\*',
    ].join('\n');
    expect(await titles(concept)).toEqual([
      'Read the guide and run it',
      'Fix snake_case_name and 2 * 3 * 4',
      'All of it now',
      'See a chart in my notes *here*',
    ]);
  });

  it('are at most five, in document order, and say that more follow', async () => {
    const concept = Array.from({ length: 7 }, (_, index) => `- [ ] item ${index + 1}`).join('\n');
    const first = await plan(concept);
    expect(first.steps.map((step) => step.params.title)).toEqual(['item 1', 'item 2', 'item 3', 'item 4', 'item 5']);
    expect(first.summary).toBe(
      'outline (no model configured): the first 5 open items of the concept; more when these are decided',
    );
    const second = await plan(concept, { decidedSteps: first.steps.map((step) => decided(step)) });
    expect(second.steps.map((step) => step.params.title)).toEqual(['item 6', 'item 7']);
  });

  it('have titles of at most 500 characters that end in a whole one', async () => {
    const [title] = await titles(`- [ ] ${'a'.repeat(499)}😀 and more`);
    expect(title).toBe('a'.repeat(499));
  });

  it('are one for duplicate lines, and two for the same title on two days', async () => {
    expect(await titles('- [ ] Buy milk\n- [ ] buy   MILK\n- [ ] **Buy** milk')).toEqual(['Buy milk']);
    const rent = await plan('- [ ] Pay rent 2026-04-01\n- [ ] Pay rent 2026-05-01');
    expect(rent.steps.map((step) => step.params.dueDate)).toEqual(['2026-04-01', '2026-05-01']);
  });

  it('use only the tools that the policy allows', async () => {
    const concept = '- [ ] Call\n- [ ] Dinner on Friday 19:00';
    const without = (name: string) => defaultRegistry.tools.filter((tool) => tool.name !== name);
    expect(await titles(concept, { tools: without('create_task') })).toEqual(['Dinner']);
    expect(await titles(concept, { tools: without('create_event') })).toEqual(['Call']);
    expect(await plan(concept, { tools: [] })).toEqual({
      summary: 'outline (no model configured): nothing left to propose',
      steps: [],
    });
  });
});

describe('what is decided', () => {
  const task = (title: string, status: string): PastStep => ({
    toolName: 'create_task',
    params: { title },
    rationale: 'A model thought of it.',
    status,
  });

  it('is not proposed again, approved or rejected, whatever the case and the spaces', async () => {
    const decidedSteps = [task('call  the DENTIST', 'approved'), task('Buy milk', 'rejected')];
    const concept = '- [ ] Call the dentist tomorrow\n- [ ] Buy milk\n- [ ] Sleep';
    expect(await titles(concept, { decidedSteps })).toEqual(['Sleep']);
    const rest = await plan('- [ ] Buy milk', { decidedSteps });
    expect(rest).toEqual({ summary: 'outline (no model configured): nothing left to propose', steps: [] });
  });

  it('of another tool does not count', async () => {
    const decidedSteps = [{ ...task('Dinner', 'approved'), toolName: 'create_event' }];
    expect(await titles('- [ ] Dinner', { decidedSteps })).toEqual(['Dinner']);
  });

  it('does not include what earlier iterations left pending or superseded', async () => {
    const steps = [task('Buy milk', 'superseded'), task('Sleep', 'pending')];
    const iterations = [{ id: 'i1', startedAt: '2026-03-11T00:00:00Z', overallStatus: 'pending', steps }];
    expect(await titles('- [ ] Buy milk\n- [ ] Sleep', { iterations })).toEqual(['Buy milk', 'Sleep']);
  });

  it('settles its line also when the person changed the title', async () => {
    const concept = '- [ ] Call the dentist tomorrow';
    const [step] = (await plan(concept)).steps;
    const decidedSteps = [{ ...decided(step!), params: { title: 'Ring Dr. Ott' } }];
    expect(await titles(concept, { decidedSteps })).toEqual([]);
  });

  it('settles one of two lines of the same title, and the reworded line of the same date', async () => {
    const concept = '- [ ] Pay rent 2026-04-01\n- [ ] Pay rent 2026-05-01\n- [ ] Pay rent by 1 May 2026';
    const decidedSteps = [decided((await plan(concept)).steps[1]!, 'rejected')];
    const [april, ...others] = (await plan(concept, { decidedSteps })).steps;
    expect(april?.params).toEqual({ title: 'Pay rent', dueDate: '2026-04-01' });
    expect(others).toEqual([]);
  });

  it('settles a plain line too, and the plan says that nothing is left', async () => {
    const concept = 'Dinner on Friday 19:00';
    const decidedSteps = (await plan(concept)).steps.map((step) => decided(step));
    const left = { summary: 'outline (no model configured): nothing left to propose', steps: [] };
    expect(await plan(concept, { decidedSteps })).toEqual(left);
  });

  it('settles an event after its day: it does not come back as a task', async () => {
    const concept = '- [ ] Dinner 2026-03-13 19:00';
    const decidedSteps = (await plan(concept)).steps.map((step) => decided(step));
    expect(decidedSteps).toMatchObject([{ toolName: 'create_event' }]);
    expect(await titles(concept, { decidedSteps, now: new Date('2026-03-20T00:00:00Z') })).toEqual([]);
  });
});

describe('any concept', () => {
  it('without items gives an empty plan that says how to write one', async () => {
    for (const concept of ['', '  \n', '# Title\n\nSome prose.', '- a\n- b']) {
      expect(await plan(concept)).toEqual({ summary: expect.stringContaining('"- [ ] '), steps: [] });
    }
    expect((await plan('- [x] all done')).summary).toBe('outline (no model configured): nothing left to propose');
  });

  const scraps = fc.constantFrom(
    ...['- [ ] ', '* [x] ', '\n', '\r\n', '> ', '1. ', '```', '~~~', '# ', '[', '](', ')', '**', '_', '`', '|', ' '],
    ...['tomorrow', 'on Friday', '19:00', 'at 7', '29 February', '31.12.', '12/3', '2026-02-29', '9999-12-31', '24:00'],
    ...[
      'am Freitag',
      'um 15 Uhr',
      'Do',
      'heute',
      'in 3 days',
      'PST',
      'to',
      '-',
      '10-12',
      'Call',
      '😀',
      '\u0000',
      '\ud800',
    ],
    ...['in 99999999 years', 'in 9e99 days', '99999999999', 'Jan 0', '0.0.', '00:99', 'BC', '2026-W10', 'ſK'],
  );
  const concepts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.array(scraps, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.array(scraps, { maxLength: 40 }).map((parts) => `- [ ] ${parts.join(' ')}`),
  );
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Pacific/Auckland');

  it('never throws; every step satisfies its tool and the same request gives the same plan', async () => {
    await fc.assert(
      fc.asyncProperty(concepts, zones, async (concept, timeZone) => {
        const made = request(concept);
        const rest = { mission: { ...made.mission, timeZone } };
        const result = await plan(concept, rest);
        expect(result.steps.length).toBeLessThanOrEqual(MAX_STEPS);
        for (const { toolName, params, rationale } of result.steps) {
          expect(defaultRegistry.tool(toolName)?.parameters.safeParse(params)).toMatchObject({ success: true });
          expect(params.title).toBe(String(params.title).trim());
          expect(`${params.title}${rationale}`).not.toMatch(/[\p{Cs}\p{Cc}]/u);
        }
        expect(await plan(concept, rest)).toEqual(result);
        const decidedSteps = result.steps.map((step) => decided(step));
        const next = await plan(concept, { ...rest, decidedSteps });
        expect(next.steps.filter((step) => result.steps.some((old) => old.rationale === step.rationale))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of the greatest length is planned in bounded time', async () => {
    const lines = ['- [ ] Do [ ( * _ 1/1 1.1. ', '19:00 Friday ', 'at 19:00 ', '['.repeat(18), '- [ ] '];
    for (const line of lines) {
      const oneLine = line.repeat(Math.floor(100_000 / line.length));
      const manyLines = `${line}\n`.repeat(Math.floor(100_000 / (line.length + 1)));
      for (const concept of [oneLine, manyLines]) expect((await plan(concept)).steps.length).toBeLessThanOrEqual(1);
      const numbered = Array.from({ length: 3_000 }, (_, index) => `${line}${index}`).join('\n');
      expect((await plan(numbered)).steps.length).toBeLessThanOrEqual(MAX_STEPS);
    }
  });
});
