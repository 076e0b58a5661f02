import { expect, test } from 'vitest';
import { readCommand } from '../../torture/read-command.ts';

const known = { all: ['kills', 'cuts', 'merge'], smoke: ['kills', 'cuts'], controls: ['no-fence'] };

test('everything, by a seed of its own', () => {
  expect(readCommand([], known)).toMatchObject({ ok: true, mode: 'all', chosen: known.all });
  const [one, other] = [readCommand([], known), readCommand([], known)];
  expect(one).not.toEqual(other);
});

test('what is asked for', () => {
  const args = ['--scenario', 'cuts', '--seed', '7', '--rounds', '3', '--minutes', '90', '--json', '--smoke'];
  expect(readCommand(args, known)).toEqual({
    ok: true,
    mode: 'smoke',
    chosen: ['cuts'],
    seed: 7,
    rounds: 3,
    minutes: 90,
    isJson: true,
  });
  expect(readCommand(['--rewrite'], known)).toMatchObject({ mode: 'rewrite', chosen: [] });
  expect(readCommand(['--controls'], known)).toMatchObject({ mode: 'controls', chosen: ['no-fence'] });
  expect(readCommand(['--smoke'], known)).toMatchObject({ mode: 'smoke', chosen: ['kills', 'cuts'] });
});

test.each([
  [['--scenario', 'floods'], 'there is no scenario floods; there are kills, cuts, merge'],
  [['--seed', 'x'], '--seed x is not a whole number of 1 or more'],
  [['--rounds', '0'], '--rounds 0 is not a whole number of 1 or more'],
])('what is wrong: %j', (args, message) => {
  expect(readCommand(args, known)).toEqual({ ok: false, message });
});
