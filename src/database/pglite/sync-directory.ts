import fs from 'node:fs';

/** Makes names in the directory (created, renamed, removed) last. */
export function syncDirectory(path: string): void {
  // Windows cannot open a directory; its file systems keep names by their own journal.
  if (process.platform === 'win32') return;
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
