import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { replaceOnce } from './replace-once.ts';

/** Writes a program anew with some of its text replaced, beside itself, since it looks up from there what it needs. */
export async function breakProgram(path: string, replaced: Record<string, string>): Promise<string> {
  const broken = path.replace(/[^/]*$/, `broken-${randomUUID()}.mjs`);
  await writeFile(broken, replaceOnce(path, await readFile(path, 'utf8'), replaced));
  return broken;
}
