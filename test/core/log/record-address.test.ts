import { expect, test } from 'vitest';
import { addressKey, formatAddress, parseAddress } from '../../../src/core/log/record-address.ts';

test.each([
  ['todo/tasks/t1', { appId: 'todo', table: 'tasks', id: 't1' }],
  ['todo/tasks/a/b c', { appId: 'todo', table: 'tasks', id: 'a/b c' }],
  ['todo/tasks/line\nbreak', { appId: 'todo', table: 'tasks', id: 'line\nbreak' }],
])('%j is an address', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
  expect(formatAddress(address)).toBe(text);
});

test.each(['', 't1', 'todo/t1', 'todo/tasks/', '//t1', '/tasks/t1', 'todo//t1'])('%j is none', (text) => {
  expect(parseAddress(text)).toBeNull();
});

test('two addresses have two keys, whatever an SQL writer called its collections', () => {
  const [a, b] = [
    { appId: 'a/b', table: 'c', id: 'd' },
    { appId: 'a', table: 'b/c', id: 'd' },
  ];
  expect(formatAddress(a)).toBe(formatAddress(b));
  expect(addressKey(a)).not.toBe(addressKey(b));
});
