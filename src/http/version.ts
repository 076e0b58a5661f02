import { readFileSync } from 'node:fs';

/** The version in package.json: found upwards from this file, which runs from src/ as well as from dist/. */
export const VERSION = readVersion();

function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
      if (name === 'pg-missions') return String(version);
    } catch {
      // Not here: look one folder further up.
    }
  }
  return 'unknown';
}
