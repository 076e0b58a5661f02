// Before start, demo, test and the command line: installs the locked dependencies when they are missing or older than the lock file, so
// that a fresh clone needs no other step. Plain JavaScript without imports from npm: it runs before anything is there.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const installed = `${root}node_modules/.package-lock.json`;
const lock = `${root}package-lock.json`;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`pg-missions needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}
// Inside somebody's node_modules the package has no lock file, and its dependencies are their installer's.
if (existsSync(lock) && (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs)) {
  console.error('Installing the locked dependencies (once) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // What npm tells goes to stderr: the results of a command are stdout's alone, and its input is not npm's to read.
  const stdio = ['ignore', 2, 2];
  const { status } = spawnSync(npm, args, { cwd: root, stdio, shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}
