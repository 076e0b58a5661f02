// npm start, in one process: npm and each `node` in a script of its own take a tenth of a second before they do anything.
import { pathToFileURL } from 'node:url';

await import('./install-when-missing.mjs');
await import('./build-web-when-stale.mjs');
// Only now: what it builds with may have been installed just before.
const { bundle } = await import('./bundle.mjs');
const main = bundle('src/main.ts');
// The log says where a failure came from, and that is to be a line of the sources.
process.setSourceMapsEnabled(true);
await import(pathToFileURL(main).href);
