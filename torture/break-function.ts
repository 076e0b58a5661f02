import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { replaceOnce } from './replace-once.ts';

/**
 * Makes a function of a database anew, with some of its text replaced. It stays so: a start makes functions anew only where
 * the build is another one.
 */
export async function breakFunction(
  admin: pg.ClientBase | pg.Pool,
  name: string,
  replaced: Record<string, string>,
): Promise<void> {
  const file = `db/functions/${name}.sql`;
  await admin.query(replaceOnce(file, await readFile(new URL(`../${file}`, import.meta.url), 'utf8'), replaced));
}
