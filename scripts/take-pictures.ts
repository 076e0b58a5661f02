// The pictures of the README, taken from the running product: a service with an embedded database of its own, three
// missions, and a browser that looks at them. TEST_CHROMIUM names the browser; Debian's is taken otherwise.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Browser, chromium } from 'playwright-core';
import { readConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';

const PICTURES = [
  { page: '/companion/missions', name: 'missions' },
  { page: '/inbox', name: 'inbox' },
] as const;
const THEMES = ['light', 'dark'] as const;
const SIZE = { width: 1_120, height: 700 };

const MISSIONS = [
  {
    id: 'lisbon',
    title: 'Move to Lisbon',
    objective: 'Be settled in Lisbon by summer',
    conceptMarkdown:
      '- [ ] Give notice on the flat by 31 March\n- [ ] Compare three moving companies\n- Farewell dinner on 20 April at 19:30',
  },
  {
    id: 'half-marathon',
    title: 'Run a half marathon',
    objective: 'Under two hours in October',
    conceptMarkdown: '- [ ] Buy running shoes\n- [ ] Register for the race by 1 May',
    cadence: { kind: 'weekly', dayOfWeek: 1, atHour: 8, atMinute: 0 },
    timeZone: 'Europe/Lisbon',
  },
  {
    id: 'italian',
    title: 'Learn Italian',
    objective: 'Hold a conversation by autumn',
    conceptMarkdown: '- [ ] Find a course that meets twice a week',
    cadence: { kind: 'daily', atHour: 7, atMinute: 30 },
    timeZone: 'Europe/Lisbon',
  },
];

const folder = mkdtempSync(join(tmpdir(), 'pg-missions-pictures-'));
const read = readConfig({ DATA_DIR: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'silent' });
if (!read.ok) throw new Error(read.problems.join('\n'));
const service = await startService(read.config, pino({ level: 'silent' }));
try {
  for (const mission of MISSIONS) await write(mission);
  const browser = await chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  for (const theme of THEMES) await takePictures(browser, theme);
  await browser.close();
} finally {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function write(mission: (typeof MISSIONS)[number]): Promise<void> {
  const response = await fetch(`${service.url}/api/missions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(mission),
  });
  if (!response.ok) throw new Error(await response.text());
}

async function takePictures(browser: Browser, theme: (typeof THEMES)[number]): Promise<void> {
  const context = await browser.newContext({
    viewport: SIZE,
    deviceScaleFactor: 1.5,
    colorScheme: theme,
    locale: 'en',
  });
  const page = await context.newPage();
  for (const { page: path, name } of PICTURES) {
    await page.goto(service.url + path);
    // Every plan has arrived: the count beside the inbox says so.
    await page.getByRole('navigation').getByText('6', { exact: true }).waitFor();
    await page.getByText('Learn Italian').first().waitFor();
    await page.screenshot({ path: `docs/pictures/${name}-${theme}.png`, animations: 'disabled' });
    console.log(`docs/pictures/${name}-${theme}.png`);
  }
  await context.close();
}
