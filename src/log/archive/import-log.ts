import { sql } from 'drizzle-orm';
import { carryIteration } from '../../core/log/carry-iteration.ts';
import { createPositionMap, type PositionMap } from '../../core/log/position-map.ts';
import { type Database, operatorSession, type Transaction } from '../../database/database.ts';
import { jsonb } from '../../database/statement.ts';
import { LOG_CHANGED } from '../../sync/announce-changes.ts';
import { ArchiveFault } from './archive-fault.ts';
import { type Archive, openArchive } from './open-archive.ts';
import { type ArchivedLine, readArchive } from './read-archive.ts';
import { settleMissions } from './settle-missions.ts';

export interface ImportOptions {
  /** Into whose log. */
  userId: string;
  /** Takes another user's archive as well. */
  fromAnotherUser: boolean;
  now: Date;
  /** The archive is sound, and has so many changes. */
  onChecked(changes: number): void;
  /** A batch is in the log. */
  onImported(changes: number): void;
  /** Called between batches; what it throws ends the import, which can be begun again. */
  checkInterrupt(): void;
}

export interface Imported {
  changes: number;
  /** Of them new to this log. */
  added: number;
  /** Missions that wait for a plan that nobody had made when the log was exported. */
  queued: number;
}

export type ImportOutcome =
  | ({ ok: true } & Imported)
  /** Nothing was imported. */
  | { ok: false; reason: 'archive_refused'; message: string }
  | { ok: false; reason: 'another_user'; owner: string }
  /** The log refused a change: its batch was not imported, those before it were. */
  | { ok: false; reason: 'change_refused'; position: number; id: string; message: string };

/**
 * Brings an archive into a user's log: checks it whole, then appends what the log lacks, batch by batch, each in a
 * transaction, and at the end works out what is wanted of its missions. Interrupted at any point, it goes on when it is
 * given again. Plans nothing and wakes nobody.
 */
export async function importLog(db: Database, path: string, options: ImportOptions): Promise<ImportOutcome> {
  let archive: Archive | undefined;
  try {
    archive = await openArchive(path);
    const { userId: owner, changes } = archive.manifest;
    if (owner !== options.userId && !options.fromAnotherUser) return { ok: false, reason: 'another_user', owner };
    for await (const _ of readArchive(archive, options)) options.checkInterrupt();
    options.onChecked(changes);
    return await appendArchive(db, archive, options);
  } catch (error) {
    if (error instanceof ArchiveFault) return { ok: false, reason: 'archive_refused', message: error.message };
    if (error instanceof RefusedLine) {
      const { line, message } = error;
      return { ok: false, reason: 'change_refused', position: line.position, id: line.id, message };
    }
    throw error;
  } finally {
    archive?.close();
  }
}

async function appendArchive(db: Database, archive: Archive, options: ImportOptions): Promise<ImportOutcome> {
  const positions = createPositionMap();
  let changes = 0;
  let added = 0;
  for await (const batch of readArchive(archive, options)) {
    options.checkInterrupt();
    added += await appendBatch(db, options.userId, batch, positions);
    changes += batch.length;
    options.onImported(batch.length);
  }
  const queued = await settleMissions(db, options.userId, options.now);
  if (added > 0) {
    db.announce(options.userId);
    await db.notifyOthers(LOG_CHANGED, JSON.stringify([options.userId]));
  }
  return { ok: true, changes, added, queued };
}

/** Returns how many were new. */
async function appendBatch(
  db: Database,
  userId: string,
  batch: ArchivedLine[],
  positions: PositionMap,
): Promise<number> {
  let lines: ArchivedLine[] = [];
  return db
    .transaction(operatorSession(userId), async (tx) => {
      const [log] = await tx.query<{ head: number }>(sql`select lock_log() as head`);
      const head = log?.head ?? 0;
      const added = await placeBatch(tx, batch, head, positions);
      lines = batch.map((line) => (line.isIteration ? { ...line, text: carryIteration(line.text, positions) } : line));
      await tx.query(importStatement(lines));
      return added;
    })
    .catch(async (error) => {
      if (messageOfRefusal(error) !== null) await findRefused(db, userId, lines);
      throw error;
    });
}

/** Tells `positions` where the batch will stand in a log that nobody else appends to; returns how many are new there. */
async function placeBatch(tx: Transaction, batch: ArchivedLine[], head: number, positions: PositionMap) {
  const there = await tx.query<{ id: string; position: number }>(sql`
    select id, position from sync_changes
    where user_id = current_user_id() and id in (select jsonb_array_elements_text(${jsonb(batch.map(({ id }) => id))}))`);
  const places = new Map(there.map(({ id, position }) => [id, position]));
  for (const { id, position } of batch) {
    // The same event twice in an archive is one change in the log.
    const place = places.get(id) ?? head + 1 + places.size - there.length;
    places.set(id, place);
    positions.add(position, place);
  }
  return places.size - there.length;
}

function importStatement(lines: ArchivedLine[]) {
  // The lines' own text, unparsed: numbers arrive as they were archived.
  const array = `[${lines.map(({ text }) => text).join()}]`;
  return sql`select import_changes(${array}::text::jsonb)`;
}

/** A line that the log refuses. */
class RefusedLine extends Error {
  readonly line: ArchivedLine;
  constructor(line: ArchivedLine, message: string, cause: unknown) {
    super(message, { cause });
    this.line = line;
  }
}

/** Tries a refused batch again, line by line and without keeping any of it: Postgres does not say which row it was. */
async function findRefused(db: Database, userId: string, batch: ArchivedLine[]): Promise<void> {
  await db.transaction(operatorSession(userId), async (tx) => {
    for (const line of batch) {
      try {
        await tx.query(importStatement([line]));
      } catch (error) {
        const message = messageOfRefusal(error);
        throw message === null ? error : new RefusedLine(line, message, error);
      }
    }
    throw new Error('the log refused a batch, and then none of its changes');
  });
}

/** What db/functions/refuse_change.sql raises; null for any other failure. */
function messageOfRefusal(error: unknown): string | null {
  const { code, message } = (error ?? {}) as Record<string, unknown>;
  return code === 'PM001' ? String(message) : null;
}
