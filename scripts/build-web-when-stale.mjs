// Before start, demo and test: builds the web client when it was never built, or before its sources last changed. When it
// is fresh this only looks at times, some milliseconds. Plain JavaScript, since it runs before the service does.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** All that a build is made of. A folder's own time tells of a file that was taken out. */
const SOURCES = [
  'src/web',
  'src/core',
  'src/client',
  'scripts/finish-web-build.ts',
  'vite.config.ts',
  'package-lock.json',
];
/** What a build writes last. */
const BUILT = 'dist/web/service-worker.js.gz';

// An installed package has no sources: it brings its build.
if (existsSync(`${root}vite.config.ts`) && !isFresh()) {
  const vite = findVite();
  if (vite) {
    console.error('Building the web client (once) ...');
    // In a process of its own: the service, which may go on in this one, is to have nothing of it.
    const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) process.exit(status ?? 1);
  } else {
    console.error(
      'The web client is not built, since vite is not installed: run npm ci --include=dev. The API is served.',
    );
  }
}

function isFresh() {
  if (!existsSync(root + BUILT)) return false;
  const builtAt = statSync(root + BUILT).mtimeMs;
  return SOURCES.every((source) => newest(root + source) < builtAt);
}

/** The time of the last change to a file, or to anything in a folder. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
}

/** Its command; null when it is not installed. */
function findVite() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  } catch {
    return null;
  }
}
