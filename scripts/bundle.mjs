// A program of the sources as one file of JavaScript, made anew when they or the installed packages have changed. A start from
// the sources took 1.3 to 1.5 s to load tsx and, through it, all modules; as one file they take 0.25 to 0.4 (Node 20.20, whose
// compile cache is yet to come: 22.1). `npm run pg-missions -- --help` took 2.7 CPU-seconds, and takes 0.8, 0.35 of them npm's.
// Plain JavaScript, since it runs before the service does.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** As deep below the root as most of src/: what is looked up from there (db/, dist/web, package.json) is found. */
const CACHE = `${root}node_modules/.cache`;
const SOURCES = ['src', 'scripts/bundle.mjs', 'node_modules/.package-lock.json'];
/** Left as they are installed: they look for files that lie beside their own. */
const UNBUNDLED = ['@electric-sql/*', 'pg', 'pg-copy-streams', 'pg-listen', 'pino'];

/** What a program starts threads from, found by the name and by the suffix that the program's own file has. */
const THREADS = ['src/database/pglite/engine-thread.ts'];
/** A service that has run since before its sources changed may still have to start the thread that fits it. */
const KEEP_THREADS_MS = 30 * 24 * 3_600_000;
/** Whoever was handed its path may start a program again: tests and the torture do, while somebody edits. */
const KEEP_PROGRAMS_MS = 6 * 3_600_000;

/** The path of the bundle of a program, such as `src/main.ts`, from the sources as they are now. */
export function bundle(program) {
  const [folder] = program.split('/');
  const suffix = `.${hashOf(new Set([folder, ...SOURCES]))}.mjs`;
  for (const thread of THREADS) bundleOne(thread, suffix, KEEP_THREADS_MS);
  return bundleOne(program, suffix, KEEP_PROGRAMS_MS);
}

/** Runs a program in this process. What fails is told by the line of the sources that it came from. */
export function runBundle(program) {
  const path = bundle(program);
  process.setSourceMapsEnabled(true);
  return import(pathToFileURL(path).href);
}

function bundleOne(program, suffix, keepMs) {
  const name = nameOf(program);
  const path = `${CACHE}/${name}${suffix}`;
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  // Whole or not at all, whoever else builds at the same time.
  const unfinished = `${CACHE}/unfinished-${randomUUID()}.mjs`;
  esbuild().buildSync({
    absWorkingDir: root,
    entryPoints: [program],
    outfile: unfinished,
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
  // Never taken away for a moment: another process may be about to load what a third has just put there.
  renameSync(unfinished, path);
  for (const file of readdirSync(CACHE)) {
    const isOther = file.startsWith(`${name}.`) && file.endsWith('.mjs') && !file.endsWith(suffix);
    if (isOther && ageOf(`${CACHE}/${file}`) >= keepMs) rmSync(`${CACHE}/${file}`, { force: true });
  }
  return path;
}

/** Of a program by its whole path: there is more than one main.ts, and each takes away only what it was itself. */
function nameOf(program) {
  return THREADS.includes(program) ? basename(program, '.ts') : program.replace(/\.ts$/, '').replaceAll('/', '-');
}

/** In milliseconds; 0 of a file that somebody else has just taken away. */
function ageOf(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? Date.now() - stat.mtimeMs : 0;
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
  // A temporary file that is gone again, or the link that an editor marks a file with, which leads nowhere.
  const stat = statSync(root + path, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory()) for (const name of readdirSync(root + path)) addTo(hash, `${path}/${name}`);
  else hash.update(`${path} ${stat.mtimeMs} ${stat.size}\n`);
}
