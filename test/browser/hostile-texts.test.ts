// Hundreds of texts that would run or fetch something, wherever people and models write: none of them does, and the same
// watcher notices them on a page that takes texts for HTML.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storableText } from '../../src/core/text.ts';
import { hostileTexts } from './support/hostile-texts.ts';
import { launch } from './support/launch.ts';
import { useWorld } from './support/use-world.ts';
import { activeParts, letAct, watchStrikes } from './support/watch-strikes.ts';

const TEXTS = hostileTexts();
/** As the log can hold them. */
const KEPT = TEXTS.map(storableText);
const chunk = (size: number) =>
  Array.from({ length: Math.ceil(KEPT.length / size) }, (_, n) => KEPT.slice(n * size, (n + 1) * size));

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
    const script = await page.addScriptTag({ content: await bundle('src/web/components/render-markdown.ts') });
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
    await letAct(control);
    const numbers = new Set(strikes.flatMap((strike) => /\d+/.exec(strike.replace(/^\w+: \D*/, ''))?.[0] ?? []));
    expect(numbers.size).toBeGreaterThan(40);
    await control.close();
  });
});

describe('the client as it is served', () => {
  const world = useWorld();

  it(`shows all ${KEPT.length} in titles, notes, reasons, proposals, ids and addresses, and none of them acts`, async () => {
    world.model.setDefault(({ body }) =>
      planFrom(Number(/mission (\d+)/.exec(JSON.stringify(body.messages))?.[1] ?? 0)),
    );
    const groups = chunk(5);
    await push('todo', 'tasks', (text) => ({ title: text, notes: text, [text.slice(0, 100)]: text }));
    await push('places', 'places', (text) => ({ name: text, address: text, notes: text }));
    await push('goals', 'goals', (text) => ({ title: text, unit: text.slice(0, 50), target: 3 }));
    const startsAt = new Date().toISOString();
    await push('calendar', 'events', (text) => ({ title: text, startsAt, location: text, notes: text }));
    const bodies = chunk(40).map((texts) => texts.join('\n\n'));
    await push('notes', 'notes', (text, n) => ({ title: text, contentMarkdown: bodies[n % bodies.length] ?? '' }));
    for (const [n, group] of groups.entries()) {
      const mission = {
        title: group[0],
        objective: `mission ${n} ${group.join(' ')}`,
        conceptMarkdown: group.join('\n\n'),
      };
      await post('/api/missions', { id: `m${n}`, ...mission });
    }
    await expect.poll(async () => (await get('/readyz')).status).toBe(200);
    await expect.poll(planned, { timeout: 120_000 }).toBe(groups.length);

    const device = await world.newDevice({ viewport: { width: 1280, height: 30_000 } });
    const strikes = await watchStrikes(device.context, world.url);
    const page = await device.openTab('/todo');
    const paths = [
      ...['/todo', '/places', '/goals', '/calendar', '/notes', '/inbox', '/companion/missions', '/companion/workbench'],
      '/companion/workbench?view=plots',
      ...bodies.map((_, n) => `/notes?note=${encodeURIComponent(idOf(KEPT[n] ?? '', n))}`),
      ...groups.filter((_, n) => n % 12 === 0).map((_, n) => `/companion/missions/m${n * 12}`),
      ...KEPT.filter((_, n) => n % 40 === 0).flatMap((text) => {
        const part = encodeURIComponent(text);
        return [`/companion/missions/${part}`, `/companion/missions/new?example=${part}`, `/todo?task=${part}#${part}`];
      }),
    ];
    let shown = 0;
    for (const path of paths) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await letAct(page);
      expect(await activeParts(page), path).toEqual([]);
      shown += await page.evaluate(() => document.body.innerText.match(/strike\(|evil\.example/g)?.length ?? 0);
    }
    expect(strikes).toEqual([]);
    expect(shown).toBeGreaterThan(5 * KEPT.length);
  });

  const idOf = (text: string, n: number) => `${n} ${text}`.replace(/\p{Cc}/gu, ' ').slice(0, 200);
  const get = (path: string) => fetch(world.url + path);

  async function post(path: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(world.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  async function push(appId: string, table: string, dataOf: (text: string, n: number) => object): Promise<void> {
    const changes = KEPT.map((text, n) => ({ table, id: idOf(text, n), op: 'insert', data: dataOf(text, n) }));
    await post(`/sync/${appId}`, { clientId: 'hostile', since: '0', changes });
  }

  /** How many missions have been planned. */
  async function planned(): Promise<number> {
    const { missions } = (await (await get('/api/missions?limit=200')).json()) as { missions: { planning: string }[] };
    return missions.filter(({ planning }) => planning === 'idle').length;
  }

  function planFrom(n: number) {
    const steps = (chunk(5)[n] ?? []).map((text, index) => ({
      toolName: ['create_task', 'create_note'][index % 2],
      params: index % 2 ? { title: text, contentMarkdown: `${text}\n\n${text}` } : { title: text, notes: text },
      ...{ rationale: `because ${text}`, summary: text },
    }));
    return { plan: { summary: `tasks ${steps[0]?.summary}`, steps } };
  }
});

/** A module as a script whose exports are in `globalThis.bundled`. */
async function bundle(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, lib: { entry, name: 'bundled', formats: ['iife'] } },
  });
  const [result] = [built].flat();
  if (!result || !('output' in result)) throw new Error(`${entry} was not built`);
  return result.output[0].code;
}
