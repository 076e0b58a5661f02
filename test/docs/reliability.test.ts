// docs/reliability.md promises by file: each file that it names is there, and each invariant is attacked somewhere.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = readFileSync(`${root}docs/reliability.md`, 'utf8');
const named = (part: string) => [...part.matchAll(/\b(?:src|db|test|docs|torture)\/[\w./-]*\w/g)].map(([name]) => name);

test('every file that it names is there', () => {
  const paths = [...new Set(named(text))];
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
});

test('every invariant is there, with its aim, its attacks and a test', () => {
  const rows = text.split('\n').filter((line) => /^\| I\d+ +\|/.test(line));
  expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(Array.from({ length: 36 }, (_, i) => `I${i + 1}`));
  for (const row of rows) {
    const [, number, holds, aim, attacks, tests = ''] = row.split('|').map((cell) => cell.trim());
    for (const cell of [holds, aim, attacks]) expect(cell, number).not.toBe('');
    expect(named(tests), number).not.toEqual([]);
  }
});
