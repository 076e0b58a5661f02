import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Where Debian puts daemons: not on the PATH of everybody. */
const MORE_PATHS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * The path of a command that tests run. Where it is missing it is installed, by root on a Debian; elsewhere throws an
 * error that says how to install it. Test files that ask for it at the same time take turns.
 */
export async function ensureDebianCommand(command: string, packageName: string): Promise<string> {
  const found = await findCommand(command);
  if (found !== null) return found;
  const help = `the tests need ${command}: install it, on a Debian with: sudo apt-get install --no-install-recommends ${packageName}`;
  if (process.getuid?.() !== 0 || (await findCommand('apt-get')) === null) throw new Error(help);
  console.log(`installing Debian's ${packageName}, since the tests need ${command} and it is missing`);
  // flock(1): the kernel gives the lock back however its holder ends.
  const lock = join(tmpdir(), 'pg-missions-install.lock');
  await promisify(execFile)('flock', [lock, 'sh', '-c', INSTALL, 'sh', command, packageName]).catch((cause) => {
    throw new Error(help, { cause });
  });
  const installed = await findCommand(command);
  if (installed === null) throw new Error(`Debian's ${packageName} is installed, but holds no command ${command}`);
  return installed;
}

async function findCommand(command: string): Promise<string | null> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...MORE_PATHS]) {
    const path = join(folder, command);
    if (
      folder !== '' &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return path;
  }
  return null;
}

/**
 * Installs a package unless another test file has done so while this one waited. Debian starts the services that come
 * with a package, unless policy-rc.d says no: an existing one is left as it is.
 */
const INSTALL = `
set -eu
PATH="$PATH:${MORE_PATHS.join(':')}"
if command -v "$1" > /dev/null; then exit 0; fi
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$2"
`;
