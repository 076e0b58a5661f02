import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'drizzle-orm';
import { ZipFile } from 'yazl';
import { ARCHIVE_FORMAT, CHANGES_ENTRY, MANIFEST_ENTRY, type Manifest } from '../../core/log/archive.ts';
import { archivedLine } from '../../core/log/archived-line.ts';
import { type Database, operatorSession } from '../../database/database.ts';
import { VERSION } from '../../http/version.ts';
import { scanLog } from '../scan-log.ts';

export interface ExportOptions {
  userId: string;
  exportedAt: Date;
  /** Called for each batch with its size; what it throws ends the export. */
  onChanges(count: number): void;
}

/**
 * Writes a user's log as an archive, and ends `out` unless it is to be kept open. Of one snapshot, as it comes and no
 * faster than `out` takes it, so that memory does not grow with the log. Throws when either end fails: what `out` has got
 * by then is no archive.
 */
export async function exportLog(
  db: Database,
  out: Writable,
  { userId, exportedAt, onChanges }: ExportOptions,
  { keepOpen = false }: { keepOpen?: boolean } = {},
): Promise<Manifest> {
  const session = operatorSession(userId);
  const zip = new ZipFile();
  const lines = new PassThrough();
  const stop = new AbortController();
  zip.once('error', (error) => stop.abort(error));
  zip.addReadStream(lines, CHANGES_ENTRY, { mtime: exportedAt });
  const written = pipeline(zip.outputStream, out, { signal: stop.signal, end: !keepOpen });
  // Whichever is first: the stream has room again, or nobody is there any more to make some.
  const failed = written.then(() => Promise.reject(new Error('the archive ended before the log')));
  failed.catch(() => {});

  const hash = createHash('sha256');
  let count = 0;
  let link: string | null = null;
  try {
    const [log] = await db.run<{ epoch: string }>(session, sql`select current_epoch() as epoch`);
    await scanLog(db, session, {}, async (changes) => {
      onChanges(changes.length);
      const text = changes.map((change) => `${archivedLine(change)}\n`).join('');
      hash.update(text);
      count += changes.length;
      link = changes.at(-1)?.linkAfter ?? null;
      if (!lines.write(text)) await Promise.race([once(lines, 'drain'), failed]);
    });
    const manifest: Manifest = {
      formatVersion: ARCHIVE_FORMAT,
      product: 'pg-missions',
      version: VERSION,
      userId,
      epoch: log?.epoch ?? '',
      changes: count,
      firstPosition: count > 0 ? 1 : null,
      lastPosition: count > 0 ? count : null,
      sha256: hash.digest('hex'),
      ...(link === null ? {} : { link }),
      exportedAt: exportedAt.toISOString(),
    };
    lines.end();
    zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), MANIFEST_ENTRY, { mtime: exportedAt });
    zip.end();
    await written;
    return manifest;
  } catch (error) {
    stop.abort(error);
    lines.destroy();
    await written.catch(() => {});
    throw error;
  }
}
