import { expect, test } from 'vitest';
import { actionHash } from '../../src/decisions/action-hash.ts';

test('an action is named by the SHA-256 of its text, in hex, as proposals in logs have it', () => {
  const hash = '34e0478407d282d4b80156cfb95bba20c694a4d9242003a0226ba4dab4c5647c';
  expect(actionHash('create_task', { title: 'Call' })).toBe(hash);
});
