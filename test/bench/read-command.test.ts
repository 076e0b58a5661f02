import { describe, expect, it } from 'vitest';
import { benches } from '../../bench/benches.ts';
import { readCommand } from '../../bench/read-command.ts';

const names = (args: string[]) => {
  const command = readCommand(args, benches);
  return command.ok ? command.chosen.map(({ name }) => name) : command.message;
};

describe('readCommand', () => {
  it('chooses all benches, or those named, in the order of the suite', () => {
    expect(names([])).toEqual(benches.map(({ name }) => name));
    expect(names(['pull', 'wake'])).toEqual(['wake', 'pull']);
    expect(names(['--rewrite'])).toEqual([]);
  });

  it('reads the options', () => {
    expect(readCommand(['wake', '--rounds', '7', '--json'], benches)).toMatchObject({ rounds: 7, isJson: true });
    expect(readCommand(['--smoke'], benches)).toMatchObject({ isSmoke: true, isJson: false });
  });

  it.each([
    [['wkae'], /there is no bench wkae; there are wake, /],
    [['wake', '--rounds', '4'], /--rounds 4 is not a whole number of 5 or more/],
    [['wake', '--rounds', 'many'], /--rounds many is not/],
    [['wake', '--fast'], /--fast/],
  ])('refuses %j in plain words', (args, message) => {
    expect(names(args)).toMatch(message);
  });
});
