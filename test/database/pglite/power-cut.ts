// A power cut cannot be made in a test; what a disk would hold after one can be worked out. Every flush of a file or
// directory is seen on its way through node:fs, and remembered with the content at that moment. `cut()` writes what is
// certain to be there: of a file its content at its last flush, of a directory the names at its last flush (and the
// names of files flushed since, as ext4, xfs and btrfs give). A file that was named and never flushed is empty.
// With a `random`, each block written after the last flush survives or not by chance.
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

const BLOCK = 4096;

export class PowerCut {
  readonly #root: string;
  readonly #contents = new Map<string, Buffer>();
  readonly #names = new Map<string, Map<string, string>>();
  readonly #paths = new Map<number, string>();
  readonly #restore: () => void;
  flushes = 0;

  /** Watches all that this process does below `root`, until `stop()`. */
  constructor(root: string) {
    this.#root = fs.realpathSync(root);
    const { openSync, fsyncSync, fdatasyncSync } = fs;
    Object.assign(fs, {
      openSync: (...args: Parameters<typeof openSync>) => {
        const fd = openSync(...args);
        this.#paths.set(fd, String(args[0]));
        return fd;
      },
      fsyncSync: (fd: number) => {
        fsyncSync(fd);
        this.#flushed(fd);
      },
      fdatasyncSync: (fd: number) => {
        fdatasyncSync(fd);
        this.#flushed(fd);
      },
    });
    this.#restore = () => Object.assign(fs, { openSync, fsyncSync, fdatasyncSync });
  }

  stop(): void {
    this.#restore();
  }

  /** Writes into the new directory `target` what a power cut at this moment leaves of the root. */
  cut(target: string, random?: () => number): void {
    const current = new Map<string, string>();
    if (random) collect(this.#root, current);
    this.#write(identity(this.#root), target, (key) => {
      const flushed = this.#contents.get(key) ?? Buffer.alloc(0);
      const path = current.get(key);
      return random && path ? mix(flushed, fs.readFileSync(path), random) : flushed;
    });
  }

  #flushed(fd: number): void {
    const path = this.#paths.get(fd);
    if (!path?.startsWith(this.#root)) return;
    this.flushes++;
    const key = identity(path);
    if (fs.statSync(path).isDirectory()) {
      const names = fs.readdirSync(path).map((name) => [name, identity(join(path, name))] as const);
      this.#names.set(key, new Map(names));
      return;
    }
    this.#contents.set(key, fs.readFileSync(path));
    const parent = identity(dirname(path));
    const names = this.#names.get(parent) ?? new Map<string, string>();
    this.#names.set(parent, names.set(basename(path), key));
  }

  #write(key: string, target: string, contentOf: (key: string) => Buffer): void {
    fs.mkdirSync(target, { mode: 0o700 });
    for (const [name, child] of this.#names.get(key) ?? []) {
      if (child.startsWith('directory')) this.#write(child, join(target, name), contentOf);
      else fs.writeFileSync(join(target, name), contentOf(child));
    }
  }
}

/** Stays with a file when it is renamed, and is not given to a later file with the same inode number. */
function identity(path: string): string {
  const stat = fs.lstatSync(path, { bigint: true });
  return `${stat.isDirectory() ? 'directory' : 'file'} ${stat.ino} ${stat.birthtimeNs}`;
}

function collect(directory: string, paths: Map<string, string>): void {
  for (const name of fs.readdirSync(directory)) {
    const path = join(directory, name);
    if (fs.statSync(path).isDirectory()) collect(path, paths);
    else paths.set(identity(path), path);
  }
}

function mix(flushed: Buffer, current: Buffer, random: () => number): Buffer {
  const mixed = Buffer.alloc(Math.max(flushed.length, random() < 0.5 ? current.length : 0));
  flushed.copy(mixed);
  for (let at = 0; at < Math.min(mixed.length, current.length); at += BLOCK) {
    if (random() < 0.5) current.copy(mixed, at, at, Math.min(at + BLOCK, mixed.length));
  }
  return mixed;
}
