import { READERS, type ReaderBuild } from './readers.ts';

/**
 * Asks for what was written after the last that it saw, as `where created_at > $1 order by created_at` does, of a log that
 * nobody locks.
 */
export const READ_BY_TIME: ReaderBuild = {
  ...READERS,
  locksLog: false,
  async read({ rows }, { since = '-1', appId, limit }) {
    const after = rows.filter((row) => row.createdAt > Number(since) && (appId === null || row.appId === appId));
    const shown = after.sort((a, b) => a.createdAt - b.createdAt).slice(0, limit);
    return {
      ok: true,
      ids: shown.map(({ id }) => id),
      cursor: String(shown.at(-1)?.createdAt ?? since),
      hasMore: after.length > limit,
    };
  },
};
