import { execFile } from 'node:child_process';
import { chmod, mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { startServer } from './start-server.ts';

/** A Postgres whose files, WAL and all, are on a disk of their own that can be filled. */
export interface ServerOnSmallDisk extends PostgresServer {
  /** Or why none could be had; its files are then where those of others are. */
  disk: SmallDisk | { lacking: string };
}

export interface SmallDisk {
  /** Leaves not a byte of room. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
}

/** Room for the files of Postgres, of its binaries where it must have a copy, and for the WAL of a run. */
const SIZE = '400m';
const BLOCK = Buffer.alloc(1 << 20, 'full');

/**
 * The disk is a tmpfs, mounted for this run: the kernel refuses what goes beyond its size as any full disk does. There is no way
 * to one without the right to mount: a quota takes an administrator, and a limit of a process's files is another error.
 */
export async function startServerOnSmallDisk(): Promise<ServerOnSmallDisk> {
  const mountPoint = await mkdtemp(join(tmpdir(), 'pg-missions-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0755`, 'pg-missions-torture', mountPoint]);
  } catch (error) {
    await rmdir(mountPoint);
    const { message, stderr } = error as Error & { stderr?: string };
    const said = (stderr || message).trim().replaceAll(mountPoint, 'it').split('\n')[0];
    const lacking = `to mount a tmpfs takes root (CAP_SYS_ADMIN) on Linux (${said})`;
    return { ...(await startServer()), disk: { lacking } };
  }
  const unmount = async () => {
    await run('umount', [mountPoint]);
    await rmdir(mountPoint);
  };
  try {
    await chmod(mountPoint, 0o755);
    const server = await startServer({ disk: mountPoint });
    const stop = async () => {
      await server.stop();
      await unmount();
    };
    // Beside the server's files, so that the guard that deletes those of a killed run deletes it, too.
    return { ...server, stop, disk: smallDisk(join(server.dir, '..', 'filler')) };
  } catch (error) {
    await unmount();
    throw error;
  }
}

const run = promisify(execFile);

function smallDisk(filler: string): SmallDisk {
  return {
    async fill() {
      const file = await open(filler, 'a');
      try {
        for (let size = BLOCK.length; size >= 1; ) {
          try {
            await file.write(BLOCK, 0, size);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
            size >>= 1;
          }
        }
      } finally {
        await file.close();
      }
    },
    makeRoom: () => rm(filler),
  };
}
