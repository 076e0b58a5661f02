import { expect, test } from 'vitest';
import { forTerminal } from '../../src/cli/for-terminal.ts';

test.each([
  [
    'leaves words, lines, tabs and colours',
    'a\tb\nc \u001b[32mgreen\u001b[39m ü 🏠',
    'a\tb\nc \u001b[32mgreen\u001b[39m ü 🏠',
  ],
  ['shows what would clear the screen', '\u001b[2Jgone', '\\x1b[2Jgone'],
  ['shows what would set the title or a link', '\u001b]0;x\u0007', '\\x1b]0;x\\x07'],
  ['shows what would overwrite the line', 'good\rbad\b', 'good\\x0dbad\\x08'],
  ['shows what would turn the writing round', 'a\u202eb', 'a\\x202eb'],
  ['shows the one-byte form too', '\u009b2J', '\\x9b2J'],
])('%s', (_, text, shown) => {
  expect(forTerminal(text)).toBe(shown);
});
