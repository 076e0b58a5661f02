import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the built web client, `dist/web`, seen from src/ as well as from dist/; undefined when it was not built. */
export function findWebRoot(): string | undefined {
  return ['../../dist/web', '../../web']
    .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
    .find((folder) => existsSync(join(folder, 'index.html')));
}
