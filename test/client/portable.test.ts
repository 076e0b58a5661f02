import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../src/client/', import.meta.url);

test('the client library runs in a browser: it loads nothing but itself', () => {
  const files = readdirSync(FOLDER);
  expect(files).toContain('index.ts');
  for (const file of files) {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    for (const [statement, from] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(.+?)';/gms)) {
      // Types are gone when it runs.
      if (!/^(?:import|export) type\b/.test(statement))
        expect({ file, from }).toMatchObject({ from: expect.stringMatching(/^\.\/[\w-]+\.ts$/) });
    }
    expect(text).not.toMatch(/\b(?:process|Buffer|require|setImmediate|globalThis\.(?!fetch))\b/);
    expect(text).not.toMatch(/\bimport\(/);
  }
});
