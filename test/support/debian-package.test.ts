import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensureDebianCommand } from './debian-package.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pg-missions-commands-'));
  vi.stubEnv('PATH', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('a command that is there is found', async () => {
  const path = join(folder, 'pretended');
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
  expect(await ensureDebianCommand('pretended', 'pretended-package')).toBe(path);
});

test('where it cannot be installed, the error says how to', async () => {
  // There is no apt-get on this PATH.
  await writeFile(join(folder, 'pretended'), 'not to be executed');
  await expect(ensureDebianCommand('pretended', 'pretended-package')).rejects.toThrow(
    'the tests need pretended: install it, on a Debian with: sudo apt-get install --no-install-recommends pretended-package',
  );
});
