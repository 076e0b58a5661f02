import { createHash } from 'node:crypto';
import { CHANGES_ENTRY, type Manifest } from '../../core/log/archive.ts';
import { readArchivedChange } from '../../core/log/archived-change.ts';
import { textsOfLine } from '../../core/log/archived-line.ts';
import { type Break, createChain } from '../../core/log/chain.ts';
import { SCHEMA_VERSION } from '../../core/log/change.ts';
import { formatStamp } from '../../core/log/stamp.ts';
import { type ArchivedChange, upcast } from '../../core/log/upcast.ts';
import { sha256 } from '../sha256.ts';
import { ArchiveFault } from './archive-fault.ts';
import type { Archive } from './open-archive.ts';
import { readLines } from './read-lines.ts';

/** A change of an archive, brought to this build's schema version. */
export interface ArchivedLine {
  /** In the archive; also the number of its line. */
  position: number;
  id: string;
  isIteration: boolean;
  /** The change as JSON: the archive's own text, where it is of this build's version. */
  text: string;
}

/** How far ahead of this clock a field's time may be: see db/functions/normalise_stamp.sql. */
const SKEW_MS = 60_000;
const MAX_BATCH = 500;
const MAX_BATCH_CHARACTERS = 1024 * 1024;

/**
 * Reads the changes of an archive in batches, and checks each of them, and at the end that they are what the manifest says.
 * Throws an ArchiveFault that names the line and the field.
 */
export async function* readArchive(
  { manifest, openChanges }: Archive,
  { now }: { now: Date },
): AsyncGenerator<ArchivedLine[]> {
  const latest = formatStamp(new Date(now.getTime() + SKEW_MS));
  const hash = createHash('sha256');
  let batch: ArchivedLine[] = [];
  let characters = 0;
  const { checkLink, checkEnd } = linkChecks(manifest);
  let line = 0;
  for await (const texts of readLines(hashed(await openChanges(), hash))) {
    for (const text of texts) {
      line += 1;
      const read = readArchivedChange(text, latest);
      if (!read.ok) throw faultAt(line, read.field, read.message);
      const { position, id, appId, tableName, schemaVersion } = read.change;
      if (position !== line) throw faultAt(line, 'position', `is ${position}: positions count from 1 without a gap`);
      checkLink(text, read.change, line);
      const change = toThisVersion(read.change, line);
      const isIteration = appId === 'ai' && tableName === 'aiIterations';
      const own = schemaVersion === SCHEMA_VERSION ? text : JSON.stringify(change);
      batch.push({ position, id, isIteration, text: own });
      characters += text.length;
      if (batch.length < MAX_BATCH && characters < MAX_BATCH_CHARACTERS) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (
    line !== manifest.changes ||
    (manifest.lastPosition ?? 0) !== line ||
    (manifest.firstPosition === null) !== (line === 0)
  ) {
    throw new ArchiveFault(`${CHANGES_ENTRY} has ${line} changes, the manifest says ${manifest.changes}`);
  }
  if (hash.digest('hex') !== manifest.sha256) {
    throw new ArchiveFault(`${CHANGES_ENTRY} is damaged: its SHA-256 is not the one in the manifest`);
  }
  checkEnd();
  if (batch.length > 0) yield batch;
}

/** Recomputes the links of an archive that has them: what it holds is then what the log held that had the manifest's link. */
function linkChecks({ link: linkOfAll, userId }: Manifest) {
  const chain = createChain(sha256);
  const refuse = (broken: Break | null) => {
    if (broken === null) return;
    const { first, last } = broken;
    const upTo = first === last ? '' : `, or one up to line ${last},`;
    throw faultAt(first, '', `this change${upTo} is not what the log held: it does not fit the link after it`);
  };
  return {
    checkLink(text: string, change: ArchivedChange, line: number) {
      if (linkOfAll === undefined) return;
      const texts = textsOfLine(text, { ...change, link: change.link ?? null });
      if (texts === null)
        throw faultAt(line, '', 'is not written as an export writes it, so its link cannot be checked');
      refuse(chain.see({ ...texts, userId }));
    },
    checkEnd: () => linkOfAll !== undefined && refuse(chain.end(linkOfAll)),
  };
}

function toThisVersion(change: ArchivedChange, line: number): ArchivedChange {
  const upcasted = upcast(change);
  if (upcasted.ok) return upcasted.change;
  const { schemaVersion } = change;
  throw faultAt(
    line,
    'schemaVersion',
    upcasted.reason === 'newer_build'
      ? `is ${schemaVersion}, made by a newer build; this one knows versions up to ${SCHEMA_VERSION}`
      : `is ${schemaVersion}, which this build does not know`,
  );
}

/** What comes of damaged bytes is told as such, whatever it is that notices. */
async function* hashed(chunks: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>) {
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw cause;
    throw new ArchiveFault(`${CHANGES_ENTRY} is damaged (${cause instanceof Error ? cause.message : cause})`, {
      cause,
    });
  }
}

function faultAt(line: number, field: string, message: string): ArchiveFault {
  return new ArchiveFault(`line ${line}: ${field === '' ? '' : `${field}: `}${message}`);
}
