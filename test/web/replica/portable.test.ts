import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../../src/web/replica/', import.meta.url);

test('the replica runs in a browser, and with any framework: beside the project it loads Dexie alone', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files).toContain('open-replica.ts');
  for (const file of files) {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    for (const [, from] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(.+?)';/gms)) {
      // Within the folder, or of what runs everywhere.
      const allowed = /^(?:dexie|\.\.?\/[\w-]+(?:\/[\w-]+)?\.ts|(?:\.\.\/)+(?:core|client)\/.+\.ts)$/;
      expect({ file, from }).toMatchObject({ from: expect.stringMatching(allowed) });
    }
    expect(text).not.toMatch(/\b(?:process|Buffer|require|setImmediate)\b/);
  }
});
