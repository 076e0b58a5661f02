import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createClient } from '../../src/client/index.ts';
import { readConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import type { BenchRun, Measures } from '../harness/bench.ts';
import type { Comparison } from '../harness/compare.ts';
import { median, quantile } from '../harness/statistics.ts';

const AT_A_TIME = 5_000;

/** What a person waits for: a real service on an embedded database, with the outline planner, and a real Chromium. */
export async function measureWeb({ compare, sized, onProgress }: BenchRun): Promise<Measures> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-missions-bench-web-'));
  const read = readConfig({ DATA_DIR: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'silent' });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const service = await startService(read.config, pino({ level: 'silent' }));
  const browser = await chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const [records, changes] = sized([10_000, 100_000], [100, 200]);
  try {
    onProgress('first load');
    const firstLoad = await measureFirstLoad(browser, service.url);
    const saves = await measureSaves(browser, service.url, compare);
    onProgress('scrolling');
    await pushTasks(service.url, records, records);
    const frames = await measureFrames(
      browser,
      service.url,
      sized({ records, steps: 80, ms: 4_000 }, { records, steps: 2, ms: 100 }),
    );
    onProgress('a replica from nothing');
    await pushTasks(service.url, changes - records, records);
    const coldStart = await measureColdStart(browser, service.url);
    return {
      comparisons: [saves],
      facts: [
        { name: 'first load, transferred', value: firstLoad / 1_000, unit: 'kB', atMost: 150 },
        {
          name: `frame while scrolling ${records.toLocaleString('en')} records, p50`,
          value: median(frames),
          unit: 'ms',
          atMost: 17,
        },
        {
          name: `frame while scrolling ${records.toLocaleString('en')} records, p99`,
          value: quantile(frames, 0.99),
          unit: 'ms',
        },
        {
          name: `replica of ${changes.toLocaleString('en')} changes from nothing`,
          value: coldStart / 1_000,
          unit: 's',
        },
      ],
    };
  } finally {
    await browser.close();
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bytes over the wire of the page and all that it loads, compressed as they are, without what is synced. */
async function measureFirstLoad(on: Browser, url: string): Promise<number> {
  const page = await on.newPage();
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const ours = new Set<string>();
  let bytes = 0;
  network.on('Network.responseReceived', ({ requestId, response }) => {
    if (!/\/(sync|api)\//.test(new URL(response.url).pathname)) ours.add(requestId);
  });
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (ours.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(`${url}/companion/missions`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByText('In sync').waitFor();
  await page.context().close();
  return bytes;
}

/** From the press of Save to the frame that shows the card; the floor: from the request to the proposal on a stream. */
async function measureSaves(on: Browser, url: string, compare: BenchRun['compare']): Promise<Comparison> {
  const page = await on.newPage({ baseURL: url });
  let missions = 0;
  try {
    return await compare({
      title: 'a mission is saved, planned and shown',
      unit: 'ms',
      floor: { name: 'request -> proposal on a stream', measure: () => timeToStream(url, `floor-${++missions}`) },
      others: [
        {
          name: 'Save pressed -> card visible',
          async measure() {
            missions += 1;
            await page.goto('/companion/missions/new');
            await page.getByRole('textbox', { name: 'Title' }).fill(`Mission ${missions}`);
            await page.getByRole('textbox', { name: 'Objective' }).fill('It is done');
            await page.getByRole('textbox', { name: 'Concept' }).fill(`- [ ] Do it ${missions}`);
            await page.getByText('In sync').waitFor();
            const title = `Create the task “Do it ${missions}”`;
            await page.evaluate(`void (window.timed = (${timeToCard()})(${JSON.stringify(title)}))`);
            await page.getByRole('button', { name: 'Save and plan' }).click();
            const time = await page.evaluate<number>('window.timed');
            await page.getByRole('article', { name: title }).waitFor();
            return time;
          },
        },
      ],
    });
  } finally {
    await page.context().close();
  }
}

/**
 * Milliseconds from the next press to the frame in which a card with this title stands on the page. Measured within the
 * page: to point at a button and to ask for a card from outside takes longer than much of what is measured.
 */
function timeToCard(): string {
  // As text: see recordFrames.
  return `(title) => new Promise((resolve) => {
    addEventListener('click', ({ timeStamp: pressedAt }) => {
      const isThere = () => [...document.querySelectorAll('article h3')]
        .some((heading) => heading.textContent.trim() === title && heading.checkVisibility());
      const observer = new MutationObserver(() => {
        if (!isThere()) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - pressedAt)));
      });
      observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    }, { once: true, capture: true });
  })`;
}

async function timeToStream(url: string, id: string): Promise<number> {
  const client = createClient({ baseUrl: url, appId: 'ai', clientId: id });
  let since: string | undefined;
  for (let hasMore = true; hasMore; ) {
    const answer = await client.pull(since === undefined ? {} : { since });
    since = answer.syncedUntil;
    hasMore = answer.hasMore;
  }
  const stop = new AbortController();
  const stream = client.stream({ since: since as string, collections: ['aiProposals'], signal: stop.signal });
  const arrived = (async () => {
    for await (const batch of stream) if (batch.changes.length > 0) return performance.now();
    throw new Error('the stream has ended');
  })();
  const startedAt = performance.now();
  const body = JSON.stringify({ id, title: id, objective: 'o', conceptMarkdown: `- [ ] Do ${id}` });
  await fetch(`${url}/api/missions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  const time = (await arrived) - startedAt;
  stop.abort();
  return time;
}

/** Milliseconds between frames while a list of so many tasks is scrolled in so many steps, for so long. */
async function measureFrames(
  on: Browser,
  url: string,
  { records, steps, ms }: { records: number; steps: number; ms: number },
): Promise<number[]> {
  const page = await on.newPage({ baseURL: url });
  await page.goto('/todo');
  await page
    .getByText(records.toLocaleString('en'))
    .or(page.getByText(String(records)))
    .first()
    .waitFor({ timeout: 300_000 });
  await page.mouse.move(700, 500);
  const measured = recordFrames(page, ms);
  for (let i = 0; i < steps; i++) {
    await page.mouse.wheel(0, 360);
    await page.waitForTimeout(50);
  }
  const frames = await measured;
  await page.context().close();
  return frames;
}

function recordFrames(page: Page, ms: number): Promise<number[]> {
  // As text: these scripts are checked without the names that a page has.
  return page.evaluate(`new Promise((resolve) => {
    const times = [];
    const next = (time) => {
      times.push(time);
      if (time - times[0] < ${ms}) requestAnimationFrame(next);
      else resolve(times.slice(1).map((at, i) => at - times[i]));
    };
    requestAnimationFrame(next);
  })`);
}

/** From an empty browser to a replica of the whole log. */
async function measureColdStart(on: Browser, url: string): Promise<number> {
  const page = await on.newPage({ baseURL: url });
  const startedAt = performance.now();
  await page.goto('/companion/missions');
  await page.getByText('In sync').waitFor({ timeout: 600_000 });
  const time = performance.now() - startedAt;
  await page.context().close();
  return time;
}

/** Pushes so many changes to so many tasks. */
async function pushTasks(url: string, count: number, tasks: number): Promise<void> {
  const client = createClient({ baseUrl: url, appId: 'todo', clientId: 'bench' });
  for (let from = 0; from < count; from += AT_A_TIME) {
    const batch = Array.from({ length: Math.min(AT_A_TIME, count - from) }, (_, i) => {
      const id = `t${(from + i) % tasks}`;
      return {
        table: 'tasks',
        id,
        op: 'insert' as const,
        data: { title: `Task ${id}, change ${from + i}`, completed: false },
      };
    });
    await client.push(batch, (await client.pull({ since: new Date().toISOString(), limit: 1 })).syncedUntil);
  }
}
