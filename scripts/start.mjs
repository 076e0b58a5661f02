// npm start, in one process: npm and each `node` in a script of its own take a tenth of a second before they do anything.
await import('./install-when-missing.mjs');
await import('./build-web-when-stale.mjs');
// Only now: what it builds with may have been installed just before.
const { runBundle } = await import('./bundle.mjs');
await runBundle('src/main.ts');
