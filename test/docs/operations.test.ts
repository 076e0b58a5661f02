// docs/operations.md names files, settings and metrics: each of them is there.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = readFileSync(`${root}docs/operations.md`, 'utf8');
const named = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))];

test('every metric that it alerts on is exposed', async () => {
  const metrics = createMetrics({
    streams: () => 0,
    listening: () => true,
    engineRestarts: () => 0,
    modelDown: () => false,
  });
  const { text: exposed } = await metrics.expose();
  const names = named(/`((?:pg_missions|nodejs|process)_[a-z_]+)`/g);
  expect(names.length).toBeGreaterThan(8);
  expect(names.filter((name) => !exposed.includes(`# TYPE ${name} `))).toEqual([]);
});

test('every file and every command that it names is there', () => {
  const paths = [
    ...named(/`((?:src|db|test|docs)\/[^`\s]*)`/g),
    ...named(/\]\(([^)#]+\.md)\)/g).map((p) => `docs/${p}`),
  ];
  expect(paths.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  expect(named(/npm run (?:-s )?([a-z-]+)/g).filter((name) => !(name in scripts))).toEqual([]);
});

test('every table that it speaks of, and no other, is there', () => {
  const tables = [...readFileSync(`${root}db/schema.ts`, 'utf8').matchAll(/pgTable\(\s*'(\w+)'/g)].map(
    ([, name]) => name,
  );
  const section = text.slice(text.indexOf('## What grows'), text.indexOf('## Erase'));
  const rows = section.split('\n').flatMap((line) => /^\| (`\w+`[^|]*)\|/.exec(line)?.[1] ?? []);
  const spoken = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(spoken.sort()).toEqual(tables.filter((name) => name !== 'log_epoch').sort());
});
