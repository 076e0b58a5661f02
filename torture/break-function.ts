import { readFile } from 'node:fs/promises';
import type pg from 'pg';

/**
 * Makes a function of a database anew, with some of its text replaced. It stays so: a start makes functions anew only where
 * the build is another one. Each text must be there
 * exactly once, or a control would one day break nothing and say so to nobody.
 */
export async function breakFunction(
  admin: pg.ClientBase | pg.Pool,
  name: string,
  replaced: Record<string, string>,
): Promise<void> {
  let text = await readFile(new URL(`../db/functions/${name}.sql`, import.meta.url), 'utf8');
  for (const [whole, broken] of Object.entries(replaced)) {
    const times = text.split(whole).length - 1;
    if (times !== 1) throw new Error(`db/functions/${name}.sql has this ${times} times: ${whole}`);
    text = text.replace(whole, () => broken);
  }
  await admin.query(text);
}
