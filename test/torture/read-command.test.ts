import { expect, test } from 'vitest';
import { readCommand } from '../../torture/read-command.ts';

const known = ['kills', 'cuts'];

test('everything, by a seed of its own', () => {
  expect(readCommand([], known)).toMatchObject({ ok: true, chosen: known, isSmoke: false, isOfControls: false });
  const [one, other] = [readCommand([], known), readCommand([], known)];
  expect(one).not.toEqual(other);
});

test('what is asked for', () => {
  const args = ['--scenario', 'cuts', '--seed', '7', '--rounds', '3', '--minutes', '90', '--json', '--smoke'];
  expect(readCommand(args, known)).toEqual({
    ok: true,
    chosen: ['cuts'],
    seed: 7,
    rounds: 3,
    minutes: 90,
    isJson: true,
    isSmoke: true,
    isOfControls: false,
  });
  expect(readCommand(['--rewrite'], known)).toMatchObject({ ok: true, chosen: [] });
});

test.each([
  [['--scenario', 'floods'], 'there is no scenario floods; there are kills, cuts'],
  [['--seed', 'x'], '--seed x is not a whole number of 1 or more'],
  [['--rounds', '0'], '--rounds 0 is not a whole number of 1 or more'],
])('what is wrong: %j', (args, message) => {
  expect(readCommand(args, known)).toEqual({ ok: false, message });
});
