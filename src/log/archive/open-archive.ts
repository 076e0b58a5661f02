import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { CHANGES_ENTRY, MANIFEST_ENTRY, type Manifest, manifestSchema } from '../../core/log/archive.ts';
import { fieldIssues, missingFieldMessage } from '../../core/modules/field-issues.ts';
import { ArchiveFault } from './archive-fault.ts';

/** An open archive, of which the frame is known to be sound: both entries are there, alone, and can be read. */
export interface Archive {
  manifest: Manifest;
  /** The bytes of changes.jsonl, from the start at each call. */
  openChanges(): Promise<Readable>;
  close(): void;
}

const MAX_MANIFEST_BYTES = 64 * 1024;
/** Changes differ in ids and times at least: only a bomb unpacks to so many times its size, once it is of some size. */
const MAX_RATIO = 500;
const RATIO_FROM_BYTES = 256 * 1024 * 1024;

/** Opens an archive. Throws an ArchiveFault for what is none; an error of the file system as it comes. */
export async function openArchive(path: string): Promise<Archive> {
  const zip = await yauzl
    .openPromise(path, { autoClose: false, validateEntrySizes: true, strictFileNames: true })
    .catch(refuse('is not a zip file, or not a whole one'));
  try {
    const entries = await readEntries(zip);
    const changes = entryNamed(entries, CHANGES_ENTRY);
    const manifest = await readManifest(zip, entryNamed(entries, MANIFEST_ENTRY));
    if (changes.uncompressedSize > Math.max(RATIO_FROM_BYTES, changes.compressedSize * MAX_RATIO)) {
      throw new ArchiveFault(`${CHANGES_ENTRY} unpacks to more than ${MAX_RATIO} times its size: that is no log`);
    }
    return {
      manifest,
      openChanges: () => zip.openReadStreamPromise(changes).catch(refuse(`${CHANGES_ENTRY} cannot be read`)),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** For `catch`: the archive is at fault, unless the file system is. */
function refuse(what: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof Error && 'syscall' in cause) throw cause;
    throw new ArchiveFault(`${what} (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  };
}

async function readEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName } = entry;
      if (fileName !== CHANGES_ENTRY && fileName !== MANIFEST_ENTRY) {
        throw new ArchiveFault(`holds ${JSON.stringify(fileName.slice(0, 100))}, which is no part of an archive`);
      }
      if (entries.has(fileName)) throw new ArchiveFault(`holds ${fileName} twice`);
      if (entry.isEncrypted()) throw new ArchiveFault(`${fileName} is encrypted`);
      if (!entry.canDecodeFileData())
        throw new ArchiveFault(`${fileName} is packed by a method that is not known here`);
      entries.set(fileName, entry);
    }
  } catch (error) {
    if (error instanceof ArchiveFault) throw error;
    refuse('is damaged')(error);
  }
  return entries;
}

function entryNamed(entries: Map<string, Entry>, name: string): Entry {
  const entry = entries.get(name);
  if (!entry) throw new ArchiveFault(`holds no ${name}`);
  return entry;
}

async function readManifest(zip: ZipFile, entry: Entry): Promise<Manifest> {
  if (entry.uncompressedSize > MAX_MANIFEST_BYTES) throw new ArchiveFault(`${MANIFEST_ENTRY} is too long`);
  const bytes = await readWhole(zip, entry).catch(refuse(`${MANIFEST_ENTRY} cannot be read`));
  // Of the changes the manifest tells the hash; what tells of the manifest is the zip's own sum.
  if (crc32(bytes) !== entry.crc32) throw new ArchiveFault(`${MANIFEST_ENTRY} is damaged: its checksum is another`);
  const read = manifestSchema.safeParse(parseJson(bytes), { error: missingFieldMessage });
  if (read.success) return read.data;
  const [issue] = fieldIssues(read.error.issues);
  throw new ArchiveFault(`${MANIFEST_ENTRY}: ${issue?.path ? `${issue.path}: ` : ''}${issue?.message}`);
}

async function readWhole(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ArchiveFault(`${MANIFEST_ENTRY} is not JSON`);
  }
}
