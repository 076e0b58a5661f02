import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll } from 'vitest';
import { ZipFile } from 'yazl';
import type { Manifest } from '../../src/core/log/archive.ts';
import { type Database, userSession } from '../../src/database/database.ts';
import { exportLog } from '../../src/log/archive/export-log.ts';
import { type ImportOptions, importLog } from '../../src/log/archive/import-log.ts';

/** A directory of the test file's own, and new names in it. */
export function archiveDirectory(): (name: string) => string {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pg-missions-archive-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return (name) => join(directory, name);
}

export function exportTo(db: Database, userId: string, path: string): Promise<Manifest> {
  return exportLog(db, createWriteStream(path), { userId, exportedAt: new Date(), onChanges() {} });
}

export function importFrom(db: Database, userId: string, path: string, over: Partial<ImportOptions> = {}) {
  return importLog(db, path, {
    ...{ userId, fromAnotherUser: true, now: new Date() },
    ...{ onChecked() {}, onImported() {}, checkInterrupt() {} },
    ...over,
  });
}

/** Writes a zip of these entries, whatever they are. */
export async function writeZip(path: string, entries: [name: string, content: string | Buffer][]): Promise<void> {
  const zip = new ZipFile();
  for (const [name, content] of entries) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

/** The entries of an archive of these lines; `over` is what its manifest says instead. */
export function archiveOf(lines: string, over: Record<string, unknown> = {}): [string, string][] {
  const changes = lines.split('\n').length - 1;
  const manifest = {
    ...{ formatVersion: 1, product: 'pg-missions', version: '0', userId: 'ada', epoch: '0123456789', changes },
    ...{ firstPosition: changes > 0 ? 1 : null, lastPosition: changes > 0 ? changes : null },
    ...{ sha256: createHash('sha256').update(lines).digest('hex'), exportedAt: '2026-03-01T10:00:00.000Z' },
    ...over,
  };
  return [
    ['changes.jsonl', lines],
    ['manifest.json', JSON.stringify(manifest)],
  ];
}

/** All that a user has, but for the user's name, the links and the place in the queue: every byte of it. */
export async function everythingOf(
  db: Database,
  userId: string,
): Promise<Record<'log' | 'records' | 'missions', string[]>> {
  const texts = async (statement: ReturnType<typeof sql>) =>
    (await db.run<{ row: string }>(userSession(userId), statement)).map(({ row }) => row);
  return {
    log: await texts(
      sql`select (to_jsonb(c) - array['user_id', 'link'])::text as row from sync_changes c order by position`,
    ),
    records: await texts(sql`select (to_jsonb(r) - 'user_id')::text as row from records r
                             order by app_id, table_name, record_id collate "C"`),
    missions: await texts(sql`
      select (to_jsonb(m) - array['user_id', 'queue_at', 'wanted_at', 'next_run_at', 'due_at'] ||
              jsonb_build_object('isQueued', queue_at is not null))::text as row
      from missions m order by mission_id collate "C"`),
  };
}
