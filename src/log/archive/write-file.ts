import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

/**
 * Writes a file that is there whole or not at all: under another name beside it until it is done, so that a process which
 * is killed leaves nothing that looks whole. Readable by its owner alone. Returns null where the file exists already and
 * is not to be replaced.
 */
export async function writeFileWhole<T>(
  path: string,
  { replace }: { replace: boolean },
  write: (out: Writable) => Promise<T>,
): Promise<T | null> {
  if (!replace && existsSync(path)) return null;
  const part = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.part`);
  try {
    const result = await write(createWriteStream(part, { flags: 'wx', mode: 0o600 }));
    await sync(part);
    if (!replace && existsSync(path)) return null;
    await rename(part, path);
    return result;
  } finally {
    // Gone already, when all went well.
    await rm(part, { force: true });
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
