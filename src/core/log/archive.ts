import { z } from 'zod';

/** An archive is a zip of two entries: the changes, one to a line, and what they are. */
export const CHANGES_ENTRY = 'changes.jsonl';
export const MANIFEST_ENTRY = 'manifest.json';

/** Of the archive itself; each change bears its own schema version. */
export const ARCHIVE_FORMAT = 1;

export const manifestSchema = z.looseObject({
  formatVersion: z.literal(ARCHIVE_FORMAT),
  product: z.literal('pg-missions'),
  /** Of the build that made it. */
  version: z.string(),
  userId: z.string().min(1),
  /** Of the log that it was read from. */
  epoch: z.string(),
  changes: z.int().min(0),
  /** Null in an archive without changes. */
  firstPosition: z.int().min(1).nullable(),
  lastPosition: z.int().min(1).nullable(),
  /** Of changes.jsonl, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  /** Of the log at lastPosition, as `verify --expect` takes it. Absent: made before there were links, or empty. */
  link: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .optional(),
  exportedAt: z.string(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A name for an archive that every file system takes: what stands for nothing but itself is kept of the user's id. */
export function archiveName(userId: string, exportedAt: Date): string {
  const user = userId.replace(/[^A-Za-z0-9_@-]+/g, '_').slice(0, 80);
  return `pg-missions-${user}-${exportedAt.toISOString().slice(0, 10)}.zip`;
}
