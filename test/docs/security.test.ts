// docs/security.md promises by file: each file that it names is there, and each threat has a control and a test.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = readFileSync(`${root}docs/security.md`, 'utf8');
const named = (part: string) =>
  [...part.matchAll(/`([^`\s]+)`/g)].flatMap(([, name = '']) => (isPath(name) ? [name] : []));
const isPath = (name: string) => /^(src|db|test|docs|scripts)\/|^(package-lock\.json|\.npmrc|Dockerfile)$/.test(name);

test('every file that it names is there', () => {
  const paths = [...new Set(named(text))];
  expect(paths.length).toBeGreaterThan(80);
  expect(paths.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
});

test('every threat has a control in the product and a test', () => {
  const rows = text.split('\n').filter((line) => /^\| T\d+ \|/.test(line));
  expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(Array.from({ length: 28 }, (_, i) => `T${i + 1}`));
  for (const row of rows) {
    const [, number, threat = '', control = '', shown = ''] = row.split('|').map((cell) => cell.trim());
    expect(threat, number).not.toBe('');
    expect(named(control), `${number}: control`).not.toEqual([]);
    expect(
      named(shown).filter((path) => path.startsWith('test/')),
      `${number}: test`,
    ).not.toEqual([]);
  }
});
