// Hundreds of texts that would run or fetch something, wherever people and models write: none of them does, and the same
// watcher notices them on a page that takes texts for HTML.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storableText } from '../../src/core/text.ts';
import { bundleForPage } from './support/bundle-for-page.ts';
import { hostileTexts } from './support/hostile-texts.ts';
import { launch } from './support/launch.ts';
import { useWorld } from './support/use-world.ts';
import { activeParts, letAct, watchStrikes } from './support/watch-strikes.ts';

const TEXTS = hostileTexts();
/** As the log can hold them. */
const KEPT = TEXTS.map(storableText);
/** As many to a record as its title holds whole, and five records of a plan. */
const LONGEST_LINE = 490;
const RECORDS = packed(KEPT);
const STEPS = 5;
const PLANS = Array.from({ length: Math.ceil(RECORDS.length / STEPS) }, (_, n) =>
  RECORDS.slice(n * STEPS, (n + 1) * STEPS),
);

describe('the sanitiser alone, without a content policy', () => {
  const ORIGIN = 'http://client.test';
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let strikes: string[];

  beforeAll(async () => {
    browser = await launch();
    context = await browser.newContext();
    strikes = await watchStrikes(context, ORIGIN);
    await context.route(`${ORIGIN}/**`, (route) =>
      route.fulfill({ body: '<!doctype html><main></main>', contentType: 'text/html' }),
    );
    page = await context.newPage();
    await page.goto(`${ORIGIN}/`);
    const script = await page.addScriptTag({ content: await bundleForPage('src/web/components/render-markdown.ts') });
    await script.evaluate((element) => (element as HTMLElement).remove());
    strikes.length = 0;
  });
  afterAll(() => browser?.close());

  it(`lets none of ${TEXTS.length} texts through as Markdown, by itself or as a part, nor when it is read anew`, async () => {
    const forms = TEXTS.flatMap((text) => [text, `Some *words*: ${text}`, `- ${text}\n\n| a |\n|---|\n| ${text} |`]);
    for (let from = 0; from < forms.length; from += 150) {
      await page.evaluate(
        (sources) => {
          const main = document.querySelector('main') as HTMLElement;
          const { bundled } = globalThis as unknown as { bundled: { renderMarkdown(source: string): string } };
          main.replaceChildren(
            ...sources.map((source) => {
              const prose = document.createElement('div');
              prose.className = 'prose';
              prose.innerHTML = bundled.renderMarkdown(source);
              // What a parser makes of its own output may be something else than what was purified.
              for (let round = 0; round < 2; round++) prose.innerHTML = `${prose.innerHTML}`;
              return prose;
            }),
          );
        },
        forms.slice(from, from + 150),
      );
      await letAct(page);
      expect(await activeParts(page)).toEqual([]);
    }
    expect(strikes).toEqual([]);
  });

  it('negative control: dozens of a quarter of them strike where a text is taken for HTML, and is noticed', async () => {
    const control = await context.newPage();
    await control.goto(`${ORIGIN}/`);
    strikes.length = 0;
    await control.evaluate(() => {
      (document.querySelector('main') as HTMLElement).innerHTML =
        '<img src="https://evil.example/7" onerror="strike(7)">';
    });
    await expect.poll(() => strikes).toEqual(['fetched: https://evil.example/7', 'ran: 7']);
    expect(await activeParts(control)).toHaveLength(1);

    // Each in a frame: what one of them does to its page cannot hide the next.
    await control.evaluate(
      (sources) => {
        for (const source of sources) {
          const frame = document.createElement('iframe');
          document.body.append(frame);
          (frame.contentDocument as Document).body.innerHTML = source;
        }
      },
      TEXTS.filter((_, n) => n % 4 === 0),
    );
    // A browser that has much to do gets to the last of them late.
    await expect.poll(numbersThatStruck, { timeout: 60_000 }).toBeGreaterThan(40);
    await control.close();

    function numbersThatStruck(): number {
      return new Set(strikes.flatMap((strike) => /\d+/.exec(strike.replace(/^\w+: \D*/, ''))?.[0] ?? [])).size;
    }
  });
});

describe('the client as it is served', () => {
  const world = useWorld();

  it(`shows all ${KEPT.length} in titles, notes, reasons, proposals, ids and addresses, and none of them acts`, async () => {
    world.model.setDefault(({ body }) => planFrom(Number(/mission (\d+)/.exec(JSON.stringify(body.messages))?.[1])));
    await push('todo', 'tasks', (texts) => ({ title: lineOf(texts), notes: texts.join('\n'), [lineOf(texts)]: texts }));
    await push('places', 'places', (texts) => ({
      name: lineOf(texts),
      address: lineOf(texts),
      notes: texts.join('\n'),
    }));
    await push('goals', 'goals', (texts) => ({ title: lineOf(texts), unit: texts[0]?.slice(0, 50), target: 3 }));
    const startsAt = new Date().toISOString();
    await push('calendar', 'events', (texts) => ({ title: lineOf(texts), startsAt, location: lineOf(texts) }));
    await push('notes', 'notes', (texts) => ({ title: lineOf(texts), contentMarkdown: texts.join('\n\n') }));
    const missions = PLANS.map((records) => records.flat());
    for (const [n, texts] of missions.entries()) {
      const objective = `mission ${n} ${texts.join(' ')}`.slice(0, 2_000);
      const mission = { title: lineOf(texts).slice(0, 200), objective, conceptMarkdown: texts.join('\n\n') };
      await post('/api/missions', { id: `m${n}`, ...mission });
    }
    await expect.poll(planned, { timeout: 60_000 }).toBe(missions.length);

    const device = await world.newDevice({ viewport: { width: 1280, height: 6_000 } });
    const strikes = await watchStrikes(device.context, world.url);
    const page = await device.openTab('/todo');
    const lists = [
      '/todo',
      '/places',
      '/goals',
      '/calendar',
      '/notes',
      '/inbox',
      '/companion/missions',
      '/companion/workbench',
    ];
    const shown = [
      ...lists,
      ...RECORDS.flatMap((texts, n) => (n % 8 === 0 ? [`/notes?note=${encodeURIComponent(idOf(texts, n))}`] : [])),
      ...missions.flatMap((_, n) => (n % 3 === 0 ? [`/companion/missions/m${n}`] : [])),
    ];
    const part = encodeURIComponent(lineOf(KEPT.slice(0, 3)));
    const others = [
      `/companion/missions/${part}`,
      `/companion/missions/new?example=${part}`,
      `/todo?task=${part}#${part}`,
    ];
    const seen: string[] = [];
    for (const path of [...shown, ...others]) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (shown.includes(path)) await page.locator('main').getByText('strike(').first().waitFor({ state: 'attached' });
      await letAct(page);
      expect(await activeParts(page), path).toEqual([]);
      seen.push(...numbersIn(await page.evaluate(() => document.body.textContent ?? '')));
    }
    expect(strikes).toEqual([]);
    const rendered = new Set(seen);
    expect(KEPT.filter((text) => numbersIn(text).some((number) => !rendered.has(number)))).toEqual([]);
    expect(seen.length).toBeGreaterThan(3 * KEPT.length);
  });

  const lineOf = (texts: string[]) =>
    texts
      .join(' ')
      .replace(/\p{Cc}/gu, ' ')
      .slice(0, LONGEST_LINE);
  const idOf = (texts: string[], n: number) => `${n} ${lineOf(texts)}`.slice(0, 200);
  const get = (path: string) => fetch(world.url + path);

  async function post(path: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(world.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  async function push(appId: string, table: string, dataOf: (texts: string[]) => object): Promise<void> {
    const changes = RECORDS.map((texts, n) => ({ table, id: idOf(texts, n), op: 'insert', data: dataOf(texts) }));
    await post(`/sync/${appId}`, { clientId: 'hostile', since: '0', changes });
  }

  /** How many missions have been planned. */
  async function planned(): Promise<number> {
    const { missions } = (await (await get('/api/missions?limit=200')).json()) as { missions: { planning: string }[] };
    return missions.filter(({ planning }) => planning === 'idle').length;
  }

  function planFrom(n: number) {
    const steps = (PLANS[n] ?? []).map((texts, index) => ({
      toolName: ['create_task', 'create_note'][index % 2],
      params: { title: lineOf(texts), [index % 2 ? 'contentMarkdown' : 'notes']: texts.join('\n\n') },
      ...{ rationale: `because ${lineOf(texts)}`, summary: lineOf(texts) },
    }));
    return { plan: { summary: `tasks ${lineOf(KEPT.slice(n))}`, steps } };
  }
});

function packed(texts: string[]): string[][] {
  const records: string[][] = [];
  for (const text of texts) {
    const last = records.at(-1);
    if (last && [...last, text].join(' ').length <= LONGEST_LINE) last.push(text);
    else records.push([text]);
  }
  return records;
}

/** The numbers of the texts that stand in this; a few of them bear none. */
function numbersIn(shown: string): string[] {
  return [...shown.matchAll(/strike\((\d+)\)|evil\.example\/(\d+)/g)].map(([, ran, fetched]) => String(ran ?? fetched));
}
