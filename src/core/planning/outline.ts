import type { JsonObject } from '../json.ts';
import { headOf } from '../text.ts';
import { findWhen, hasClock, type When } from './outline-dates.ts';
import { type OutlineItem, outlineItems } from './outline-items.ts';
import { MAX_STEPS, type PastStep, type Plan, type Planner, type PlanRequest, type PlanStep } from './planner.ts';

const NAME = 'outline (no model configured)';
const MAX_TITLE = 500;
const MAX_QUOTE = 200;
/** Plain lines that are parsed for a date: an endless list of times must not hold up the process. */
const MAX_TIMED_LINES = 1_000;

/**
 * The planner that serves when no model is configured: the concept's open checklist items become tasks, its lines with
 * a date and a time of day become events. The same request gives the same plan; no network, no clock. Its plan may be
 * empty, when nothing is left to propose.
 */
export function createOutlinePlanner(): Planner {
  return {
    model: 'outline',
    needsDecidedSteps: true,
    plan: async (request) => ({ ok: true, plan: outline(request) }),
  };
}

function outline(request: PlanRequest): Plan {
  const items = outlineItems(request.mission.conceptMarkdown);
  const settled = settledBy(request.decidedSteps, items);
  const allowed = new Set(request.tools.map((tool) => tool.name));
  const seen = new Set<string>();
  const steps: PlanStep[] = [];
  let readable = false;
  let timedLines = 0;

  for (const item of items) {
    const done = item.kind === 'checked' || settled.line(item);
    readable ||= done || item.kind === 'open';
    const same = `${item.kind} ${normalise(item.text)}`;
    if (done || seen.has(same)) continue;
    seen.add(same);
    // Without a time of day a plain line makes no event, so it is not worth parsing.
    if (item.kind === 'plain' && (!hasClock(item.text) || ++timedLines > MAX_TIMED_LINES)) continue;
    const step = toStep(item, request);
    if (step === null) continue;
    readable = true;
    const key = `${step.toolName} ${when(step.params)} ${normalise(step.params.title)}`;
    if (!allowed.has(step.toolName) || seen.has(key) || settled.step(step)) continue;
    seen.add(key);
    if (steps.length === MAX_STEPS) return { summary: summarise(steps, true), steps };
    steps.push(step);
  }
  if (steps.length > 0) return { summary: summarise(steps, false), steps };
  const left = 'nothing left to propose';
  const howTo = 'nothing to propose; write the concept as a checklist: "- [ ] Call the dentist tomorrow"';
  return { summary: `${NAME}: ${readable ? left : howTo}`, steps };
}

function toStep(item: OutlineItem, { now, mission }: PlanRequest): PlanStep | null {
  const found = findWhen(item.text, now, mission.timeZone);
  const title = headOf(found.title, MAX_TITLE).trimEnd();
  if (found.event !== undefined) return createEvent(item, title, found.event);
  return item.kind === 'open' ? createTask(item, title, found.date) : null;
}

function createTask(item: OutlineItem, title: string, dueDate: string | undefined): PlanStep {
  return {
    toolName: 'create_task',
    params: dueDate === undefined ? { title } : { title, dueDate },
    rationale: `Outline: open item in the concept, line ${item.line} (${quote(item)}).`,
    summary: `Create task "${title}"${dueDate === undefined ? '' : `, due ${dueDate}`}`,
  };
}

function createEvent(item: OutlineItem, title: string, { startsAt, endsAt }: NonNullable<When['event']>): PlanStep {
  const start = startsAt.toISOString();
  const end = endsAt?.toISOString();
  const what = item.kind === 'open' ? 'open item with a date and a time' : 'line with a date and a time';
  return {
    toolName: 'create_event',
    params: end === undefined ? { title, startsAt: start } : { title, startsAt: start, endsAt: end },
    rationale: `Outline: ${what} in the concept, line ${item.line} (${quote(item)}).`,
    summary: `Create event "${title}", ${start}${end === undefined ? '' : ` to ${end}`}`,
  };
}

/**
 * What the person has decided is not proposed again, approved or rejected. Steps that were superseded, or are pending
 * still, are proposed again: the new plan supersedes their cards, so leaving them out would lose them.
 *
 * A decided step settles the line it quotes, whatever the person made of its title. When several lines have the
 * same title ("Pay rent 1 April", "Pay rent 1 May"), it settles only that line and those of the same date.
 * Once its line is gone from the concept, it settles every line of its title.
 */
function settledBy(decided: PastStep[], items: OutlineItem[]) {
  const quotes = new Set(items.map((item) => normalise(quote(item))));
  const quoted = new Set<string>();
  const titles = new Set<string>();
  for (const { toolName, params, rationale } of decided) {
    const words = /^Outline: .*?, line \d+ (\(.*\))\.$/s.exec(rationale)?.[1]?.slice(1, -1);
    const attached = words !== undefined && quotes.has(normalise(words));
    if (attached) quoted.add(normalise(words));
    titles.add(`${toolName} ${attached ? when(params) : 'any'} ${normalise(params.title)}`);
  }
  return {
    line: (item: OutlineItem) => quoted.has(normalise(quote(item))),
    step: ({ toolName, params }: PlanStep) =>
      [when(params), 'any'].some((date) => titles.has(`${toolName} ${date} ${normalise(params.title)}`)),
  };
}

function when({ dueDate, startsAt }: JsonObject): string {
  const start = typeof startsAt === 'string' ? Date.parse(startsAt) : Number.NaN;
  return Number.isNaN(start) ? String(dueDate ?? 'undated') : String(start);
}

function quote(item: OutlineItem): string {
  return `"${headOf(item.text, MAX_QUOTE).trimEnd()}"`;
}

function normalise(text: unknown): string {
  return typeof text === 'string' ? text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase() : '';
}

function summarise(steps: PlanStep[], more: boolean): string {
  const count = `${more ? 'the first ' : ''}${steps.length} open ${steps.length === 1 ? 'item' : 'items'}`;
  return `${NAME}: ${count} of the concept${more ? '; more when these are decided' : ''}`;
}
