import { parseSince } from '../../src/core/sync/cursor.ts';
import type { TextRow } from '../../src/database/database.ts';
import { type ChangesQuery, readPage } from '../../src/sync/read-page.ts';
import { type Draws, drawsOf } from './draws.ts';
import { type Counted, type Law, simulate } from './simulate.ts';

/** What is simulated; a control brings one that is broken. */
export interface ReaderBuild {
  /** Whether a transaction has the user's log to itself from its first change to its end. */
  locksLog: boolean;
  /** Whether a restored log is told from the one before. */
  renewsEpoch: boolean;
  /** Reads a page of what is visible; a page at a time, until there is no more. */
  read(log: VisibleLog, query: PageQuery): Promise<Page>;
}

export interface VisibleLog {
  epoch: string;
  /** In the order of positions. */
  rows: readonly Row[];
}

export interface Row {
  position: number;
  id: string;
  appId: string;
  /** When it was written, which is before its transaction ends. */
  createdAt: number;
}

export interface PageQuery {
  since: string | undefined;
  appId: string | null;
  limit: number;
  maxBytes: number;
}

export type Page = { ok: true; ids: string[]; cursor: string; hasMore: boolean } | { ok: false };

/** The page that the product makes, of rows that a simulated Postgres answers with. */
export const READERS: ReaderBuild = {
  locksLog: true,
  renewsEpoch: true,
  async read(log, { since, appId, limit, maxBytes }) {
    const parsed = parseSince(since);
    if (parsed === null) throw new Error(`${since} is no cursor`);
    const query: ChangesQuery = { since: parsed, limit, maxBytes, ...(appId === null ? {} : { appIds: [appId] }) };
    const page = await readPage(async (_, onRow) => answer(log, query).forEach(onRow), query);
    if (!page.ok) return { ok: false };
    const { changes, syncedUntil, hasMore } = page;
    const shown = JSON.parse(`[${Buffer.from(changes.bytes())}]`) as { eventId: string }[];
    return { ok: true, ids: shown.map(({ eventId }) => eventId), cursor: syncedUntil, hasMore };
  },
};

/**
 * Readers with pages of any size follow a log that grows by transactions of any length, some of them rolled back, and that is
 * at times restored; answers get lost. Each reader ends with every change of the log exactly once, in order.
 */
export function simulateReaders(seed: number, count: number, build = READERS): Promise<Counted> {
  return simulate(readerLaw(build), seed, count);
}

type Event =
  | { kind: 'write'; transaction: number; apps: string[] }
  | { kind: 'commit' | 'rollback'; transaction: number }
  | { kind: 'read'; reader: number; limit: number; maxBytes: number; isLost: boolean }
  | { kind: 'restore'; keeps: number };

const READER_APPS = [null, 'todo'];
/** Some characters of JSON in each change, so that few changes fill a page of few bytes. */
const DATA = '{"title": "x"}';

function readerLaw(build: ReaderBuild): Law<{ clock: number }, Event> {
  return {
    name: 'readers',
    draw: (draws) => ({
      setup: { clock: draws.below(2 ** 31) },
      events: Array.from({ length: 5 + draws.below(20) }, () => drawEvent(draws)),
    }),
    async judge({ setup, events }, count) {
      const world = newWorld(build, drawsOf(setup.clock));
      for (const event of events) await world.happen(event, count);
      return world.finish();
    },
  };
}

function drawEvent(draws: Draws): Event {
  const transaction = draws.below(3);
  const what = draws.below(100);
  if (what < 35) {
    return {
      kind: 'write',
      transaction,
      apps: Array.from({ length: 1 + draws.below(3) }, () => draws.pick(['todo', 'ai'])),
    };
  }
  if (what < 55) return { kind: 'commit', transaction };
  if (what < 60) return { kind: 'rollback', transaction };
  if (what < 63) return { kind: 'restore', keeps: draws.below(6) };
  const maxBytes = draws.percent(30) ? 1 + draws.below(60) : 10_000;
  return {
    kind: 'read',
    reader: draws.below(READER_APPS.length),
    limit: 1 + draws.below(4),
    maxBytes,
    isLost: draws.percent(25),
  };
}

function newWorld(build: ReaderBuild, draws: Draws) {
  let log: VisibleLog = { epoch: '0000000000', rows: [] };
  const open = new Map<number, Row[]>();
  const readers = READER_APPS.map((appId) => ({
    appId,
    cursor: undefined as string | undefined,
    seen: [] as string[],
  }));
  let drawn = 0;
  let now = 0;
  let restores = 0;

  async function read(of: number, query: { limit: number; maxBytes: number; isLost: boolean }): Promise<boolean> {
    const reader = readers[of] as (typeof readers)[number];
    const { isLost, ...bounds } = query;
    const page = await build.read(log, { since: reader.cursor, appId: reader.appId, ...bounds });
    if (isLost) return true;
    if (!page.ok) {
      reader.cursor = undefined;
      reader.seen = [];
      return true;
    }
    reader.cursor = page.cursor;
    reader.seen.push(...page.ids);
    return page.hasMore;
  }

  async function happen(event: Event, count: (what: string) => void): Promise<void> {
    if (event.kind === 'write') {
      if (build.locksLog && [...open.keys()].some((other) => other !== event.transaction)) return count('waits');
      const written = open.get(event.transaction) ?? [];
      for (const appId of event.apps) {
        now += draws.below(3);
        drawn += 1;
        const position = build.locksLog ? log.rows.length + written.length + 1 : drawn;
        written.push({ position, id: `e${drawn}`, appId, createdAt: now });
      }
      open.set(event.transaction, written);
    } else if (event.kind === 'read') {
      count(event.isLost ? 'pages lost' : 'pages');
      await read(event.reader, event);
    } else if (event.kind !== 'restore') {
      const written = open.get(event.transaction) ?? [];
      open.delete(event.transaction);
      if (event.kind === 'rollback') return;
      for (const _ of written) count('changes');
      log = { ...log, rows: [...log.rows, ...written].sort((a, b) => a.position - b.position) };
    } else {
      open.clear();
      restores += 1;
      const epoch = build.renewsEpoch ? String(restores).padStart(10, '0') : log.epoch;
      log = { epoch, rows: log.rows.slice(0, event.keeps) };
      count('restores');
    }
  }

  async function finish(): Promise<string | null> {
    for (const transaction of [...open.keys()]) await happen({ kind: 'commit', transaction }, () => {});
    for (const [of, reader] of readers.entries()) {
      // A refused cursor costs a page more, a page of few bytes holds one change at least.
      for (let pages = 0; await read(of, { limit: 2, maxBytes: 10_000, isLost: false }); pages++) {
        if (pages > log.rows.length + 2) return `reader ${of} gets to no end`;
      }
      const expected = log.rows
        .filter(({ appId }) => reader.appId === null || appId === reader.appId)
        .map(({ id }) => id);
      if (reader.seen.join() !== expected.join()) return `reader ${of} saw ${reader.seen}, and the log has ${expected}`;
    }
    return null;
  }

  return { happen, finish };
}

/** What Postgres answers to the statement of readPage: the log, then the changes, one more than the page may show. */
function answer({ epoch, rows }: VisibleLog, { since, appIds, limit, maxBytes = 0 }: ChangesQuery): TextRow[] {
  const head = JSON.stringify({ head: rows.at(-1)?.position ?? 0, epoch, serverEpoch: epoch, inRecovery: false });
  const after = since.kind === 'cursor' ? since.position : 0;
  const found = rows.filter(({ position, appId }) => position > after && (!appIds || appIds.includes(appId)));
  const shown = found.slice(0, limit + 1).flatMap(({ position, id, appId }, index): TextRow[] => {
    const before = index * DATA.length;
    if (before - (index > 0 ? DATA.length : 0) >= maxBytes) return [];
    const data = before < maxBytes ? DATA : null;
    return [
      [
        String(position),
        id,
        appId,
        't',
        'r',
        'update',
        data,
        `{"title": "${STAMP}"}`,
        'c',
        '1',
        '{"kind": "user"}',
        STAMP,
      ],
    ];
  });
  return [['0', ...Array(5).fill(null), head, ...Array(5).fill(null)], ...shown];
}

const STAMP = '2025-03-01T10:00:00.000Z';
