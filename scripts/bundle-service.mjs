// The service as one file of JavaScript, made anew when its sources or the installed packages have changed. Of the 1.5 s
// that a start from the sources took to load 1,100 modules through tsx, 0.25 s are left (Node 20.20; its own compile cache
// comes with 22.1). Plain JavaScript, since it runs before the service does.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** As deep below the root as src/main.ts is in dist/: what is looked up from there (db/, package.json) is found. */
const CACHE = `${root}node_modules/.cache`;
const SOURCES = ['src', 'scripts/bundle-service.mjs', 'node_modules/.package-lock.json'];
/** Left as they are installed: they look for files that lie beside their own. */
const UNBUNDLED = ['@electric-sql/*', 'pg', 'pg-copy-streams', 'pg-listen', 'pino'];

/** The path of the bundle of the sources as they are now. */
export function bundleService() {
  const name = `pg-missions-${hashOf(SOURCES)}.mjs`;
  const path = `${CACHE}/${name}`;
  if (existsSync(path)) return path;
  // Whole or not at all, whoever else builds at the same time.
  const unfinished = `${CACHE}/pg-missions-unfinished-${randomUUID()}`;
  mkdirSync(unfinished, { recursive: true });
  esbuild().buildSync({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: `${unfinished}/${name}`,
    bundle: true,
    external: UNBUNDLED,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    // Packages that are CommonJS call `require` for what Node brings.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    logLevel: 'warning',
  });
  for (const old of readdirSync(CACHE)) if (/^pg-missions-\w+\.mjs$/.test(old)) rmSync(`${CACHE}/${old}`);
  renameSync(`${unfinished}/${name}`, path);
  rmSync(unfinished, { recursive: true });
  return path;
}

/** The one that tsx brings. */
function esbuild() {
  return createRequire(createRequire(import.meta.url).resolve('tsx/package.json'))('esbuild');
}

/** Names, times and sizes of all files: whatever changes them, an older copy laid over a newer one too, changes the hash. */
function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) addTo(hash, path);
  return hash.digest('hex').slice(0, 16);
}

function addTo(hash, path) {
  const stat = statSync(root + path);
  if (stat.isDirectory()) for (const name of readdirSync(root + path)) addTo(hash, `${path}/${name}`);
  else hash.update(`${path} ${stat.mtimeMs} ${stat.size}\n`);
}
