import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let clone: string;

/** A clone of its own, in which nothing was bundled yet. Without a lock file: it is not to install anything. */
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'pg-missions-clone-'));
  for (const path of ['scripts', 'src', 'db', 'package.json']) {
    cpSync(join(root, path), join(clone, path), { recursive: true });
  }
  mkdirSync(join(clone, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(clone, 'node_modules', name));
  }
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

test('the first two at the same time both work, and answer like the command line', async () => {
  const [help, wrong] = await Promise.all([run('--help'), run('lgo')]);
  expect(help).toEqual({ code: 0, stdout: expect.stringMatching(/^Usage: pg-missions /), stderr: '' });
  expect(wrong).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean log?') });
  expect(readdirSync(join(clone, 'node_modules/.cache')).filter((name) => name.startsWith('unfinished'))).toEqual([]);
});

test('it finds its SQL and its engine', async () => {
  expect(await run('verify')).toMatchObject({ code: 0, stdout: '0 users: everything holds\n' });
});

/** What `npm run pg-missions` runs, in the clone, on the embedded database. */
async function run(...args: string[]) {
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, ['scripts/cli.mjs', ...args], {
    cwd: clone,
    env: { ...env, DATA_DIR: join(clone, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
