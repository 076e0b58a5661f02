// The command line as npm runs it, `node scripts/cli.mjs log tail`: in one process, as npm start does it.
import { existsSync } from 'node:fs';

// Only when nothing is there: an installation anew takes away what a service that runs beside may still load.
if (!existsSync(new URL('../node_modules/.package-lock.json', import.meta.url)))
  await import('./install-when-missing.mjs');
// Only now: what it builds with may have been installed just before.
const { runBundle } = await import('./bundle.mjs');
await runBundle('src/cli/main.ts');
