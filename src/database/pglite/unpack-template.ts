// A new store is a copy of a prepared data directory, since an initdb takes 7 s. It is unpacked beside its place,
// flushed, and renamed: whatever kills the process or the machine on the way, the directory is there whole or not at all.
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { dataDir as template } from '@electric-sql/pglite-prepopulatedfs';
import { syncDirectory } from './sync-directory.ts';

/** Makes the data directory `directory`, which must not exist or be empty; the caller holds its lock. */
export async function unpackTemplate(directory: string): Promise<void> {
  const unpacked = `${directory}.unpacking`;
  fs.rmSync(unpacked, { recursive: true, force: true });
  fs.mkdirSync(unpacked, { mode: 0o700 });
  const directories = new Set([unpacked]);
  for (const { name, content } of readTar(gunzipSync(await (await template()).arrayBuffer()))) {
    // The template was taken from a running engine, and its pid file with it.
    if (name === 'postmaster.pid') continue;
    const path = join(unpacked, name);
    const parent = content === null ? path : dirname(path);
    fs.mkdirSync(parent, { recursive: true, mode: 0o700 });
    directories.add(parent);
    if (content !== null) writeFlushed(path, content);
  }
  for (const path of directories) syncDirectory(path);
  fs.renameSync(unpacked, directory);
  syncDirectory(dirname(directory));
}

function writeFlushed(path: string, content: Uint8Array): void {
  const fd = fs.openSync(path, 'wx', 0o600);
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Files and directories (content null) of a ustar archive; names relative to its root. */
function* readTar(tar: Buffer): Generator<{ name: string; content: Uint8Array | null }> {
  const block = 512;
  for (let at = 0; at + block <= tar.length && tar[at] !== 0; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    const type = tar.toString('latin1', at + 156, at + 157);
    if (!Number.isInteger(size) || (type !== '0' && type !== '5')) {
      throw new Error(`the store template holds an entry that cannot be unpacked: ${name} (type ${type})`);
    }
    const start = at + block;
    yield { name: name.replace(/^\/+/, ''), content: type === '0' ? tar.subarray(start, start + size) : null };
    at = start + Math.ceil(size / block) * block;
  }
}
