import type { WireChange } from '../core/sync/wire.ts';
import type { Transaction } from '../database/database.ts';
import { keep } from '../database/statement.ts';
import { type ChangesPage, type ChangesQuery, isAhead, readPage } from './read-page.ts';

export { isAhead };

type ParsedPage =
  | (Omit<Extract<ChangesPage, { ok: true }>, 'changes'> & { changes: WireChange[] })
  | Extract<ChangesPage, { ok: false }>;

/** A page, read within a transaction and parsed: what a push answers with. */
export async function readChanges(tx: Pick<Transaction, 'query'>, query: ChangesQuery): Promise<ParsedPage> {
  const page = await readPage(async (statement, onRow) => {
    for (const row of await tx.query<Record<string, string | null>>(keep(statement))) onRow(Object.values(row));
  }, query);
  if (!page.ok) return page;
  return { ...page, changes: JSON.parse(`[${Buffer.from(page.changes.bytes())}]`) };
}
