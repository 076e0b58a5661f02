import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { finishWebBuild } from './scripts/finish-web-build.ts';

// The web client: `npm run build` puts it into dist/web, `npm run dev` serves it from its sources.
export default defineConfig({
  root: 'src/web',
  // What dexie offers by itself is its build for browsers of ten years ago, 2 kB larger when compressed.
  resolve: { alias: [{ find: /^dexie$/, replacement: 'dexie/dist/modern/dexie.mjs' }] },
  plugins: [svelte({ configFile: false }), finishWebBuild()],
  // During development: all that any page needs is prepared at the start, rather than in the middle of its first use.
  optimizeDeps: { entries: ['index.html', '**/*.svelte', '**/*.svelte.ts'] },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Every file stays a file: the content policy allows no data: URLs but images, and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // How long its parts took is nothing to warn of on a slow machine.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
