import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/database/pglite/open-store.ts';
import { storeDirectory } from '../../src/database/pglite/store-directory.ts';
import { runInTest } from './run-in-test.ts';

test('--help says what there is, and ends with 0', async () => {
  const { exitCode, stdout } = await runInTest(['--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Usage: pg-missions');
  expect(stdout).toMatch(/^ {2}log /m);
});

test.each([
  ['an unknown command', ['verfy'], 'unknown command'],
  ['an unknown option', ['log', 'tail', '--linse', '3'], 'Did you mean --lines?'],
  ['a value that is none', ['log', 'tail', '--lines', '-3'], 'whole number from 1 on'],
  ['an empty user', ['log', 'tail', '--user', ''], '--user is empty'],
])('%s ends with 2, and says the mend', async (_, args, message) => {
  const { exitCode, stderr, stdout } = await runInTest(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('a wrong configuration ends with 2 and names each setting, never the value of a secret', async () => {
  const { exitCode, stderr } = await runInTest(['log', 'tail'], { DATABASE_URL: 'mysql://me:hush@x', PORT: 'x' });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('DATABASE_URL');
  expect(stderr).toContain('PORT');
  expect(stderr).not.toContain('hush');
});

test('with many users it must be said whose log it is', async () => {
  const { exitCode, stderr } = await runInTest(['log', 'tail'], { AUTH_JWT_SECRET: 'x'.repeat(40) });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--user');
});

test('an embedded database that the service has open is told with the process and the mend, with 1', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pg-missions-cli-'));
  const store = await openStore(storeDirectory(dataDir));
  try {
    const { exitCode, stderr } = await runInTest(['log', 'tail'], { DATA_DIR: dataDir });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`in use by process ${process.pid}`);
    expect(stderr).toContain('stop the service for this command');
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});
