import { formatCursor, parseCursor, type Since } from '../core/sync/cursor.ts';
import type { ChangeHub } from './change-hub.ts';
import type { ChangeSource } from './change-source.ts';
import type { ChangesPage } from './read-page.ts';

/** What of whose log is followed. The client's own changes are left out later, so that its streams share what is read. */
export interface LogFilter {
  userId: string;
  /** Of these applications only; absent: of all. */
  appIds?: string[];
  /** Of these collections only; absent: of all. */
  tables?: string[];
}

/** A page of a log as a stream sends it. */
export interface LogPage {
  /** From where to go on. */
  cursor: string;
  hasMore: boolean;
  /** The page as an event, without the client's own changes; null when there is nothing to show. */
  eventFor(clientId: string | undefined): Uint8Array | null;
}

/** Reads the page after `since`; null when the cursor is ahead of the log. */
export type ReadLogPage = (since: Since) => Promise<LogPage | null>;

export interface LogPages {
  of(filter: LogFilter): ReadLogPage;
}

/** What one stream has in memory at a time, and what goes through the pool at a time. */
const MAX_CHANGES = 500;
const MAX_BYTES = 1024 * 1024;

/**
 * Reads pages for streams. Streams that are told of the same change at the same time ask for the same page: it is read and
 * serialised once. (One change to 1,000 streams of a user is one query.)
 */
export function createLogPages(source: ChangeSource, hub: Pick<ChangeHub, 'generation'>): LogPages {
  const reading = new Map<string, Promise<LogPage | null>>();

  async function readPage({ userId, ...of }: LogFilter, since: Since): Promise<LogPage | null> {
    const page = await source.read(userId, { ...of, since, limit: MAX_CHANGES, maxBytes: MAX_BYTES });
    return page.ok ? logPage(page) : null;
  }

  return {
    of(filter) {
      const { userId } = filter;
      const name = JSON.stringify(filter);
      return (since) => {
        // A read under way is joined only if it began after the latest hint: it then saw what the hint is about.
        const key = `${nameOf(since)} ${hub.generation(userId)} ${name}`;
        let page = reading.get(key);
        if (!page) {
          page = readPage(filter, since).finally(() => reading.delete(key));
          reading.set(key, page);
        }
        return page;
      };
    },
  };
}

function nameOf(since: Since): string {
  if (since.kind === 'cursor') return formatCursor(since);
  return since.kind === 'time' ? since.at : '0';
}

/** The place that a page's cursor names. */
export function sinceCursor(cursor: string): Extract<Since, { kind: 'cursor' }> {
  const parsed = parseCursor(cursor);
  if (!parsed) throw new TypeError('not a cursor of this service');
  return { kind: 'cursor', ...parsed };
}

function logPage({ changes, echoOf, syncedUntil: cursor, hasMore }: Extract<ChangesPage, { ok: true }>): LogPage {
  const pushers = new Set(echoOf);
  let whole: Uint8Array | null = null;
  return {
    cursor,
    hasMore,
    eventFor(clientId) {
      if (changes.count === 0) return null;
      if (clientId !== undefined && pushers.has(clientId)) {
        if (pushers.size === 1) return null;
        return changesEvent(
          changes.bytes((index) => echoOf[index] === clientId),
          { cursor, hasMore },
        );
      }
      whole ??= changesEvent(changes.bytes(), { cursor, hasMore });
      return whole;
    },
  };
}

/** An event as HTML's event streams have it. JSON holds no line breaks, so each part is one line. */
function changesEvent(changes: Uint8Array, { cursor, hasMore }: Pick<LogPage, 'cursor' | 'hasMore'>): Uint8Array {
  return Buffer.concat([
    Buffer.from(`event: changes\nid: ${cursor}\ndata: {"serverChanges":[`),
    changes,
    Buffer.from(`],"syncedUntil":"${cursor}","hasMore":${hasMore}}\n\n`),
  ]);
}
