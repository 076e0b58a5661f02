import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const text = readFileSync(fileURLToPath(new URL('../../docs/operations.md', import.meta.url)), 'utf8');

/**
 * A command as docs/operations.md has it, to the letter, with what is the reader's own put in its place: the drill fails
 * when the page says something else.
 */
export function drilled(command: string, own: Record<string, string> = {}): string {
  if (!text.includes(command)) throw new Error(`docs/operations.md does not have: ${command}`);
  return Object.entries(own).reduce((all, [theirs, ours]) => all.replaceAll(theirs, ours), command);
}
