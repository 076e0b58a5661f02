import { expect, test } from 'vitest';
import { suggest } from '../../src/cli/suggest.ts';

test.each([
  ['lisbn', ['lisbon', 'paris'], ' Did you mean lisbon?'],
  ['titel', ['title', 'notes'], ' Did you mean title?'],
  ['m1-9', ['m1-2', 'm1-1', 'm2-1'], ' Did you mean m1-1 or m1-2?'],
  ['t9', ['t1', 't2', 't3', 't4'], ' Did you mean t1 or t2 or t3?'],
  ['xy', ['ab'], ''],
  ['a', ['b'], ''],
  ['something else', ['t1', 't2'], ''],
  ['zz', ['mission-of-somebody-1-0', '__proto__'], ''],
  ['t1', [], ''],
])('%s among %j:%s', (given, known, said) => {
  expect(suggest(given, known)).toBe(said);
});
