import type { JsonObject } from '../src/core/json.ts';
import type { Transaction } from '../src/database/database.ts';

/** For a control: a service that decides without comparing, since whatever it reads seems not to be decided yet. */
export function alwaysPending(tx: Transaction): Transaction {
  return {
    ...tx,
    async query<Row>(statement: Parameters<Transaction['query']>[0]): Promise<Row[]> {
      const rows = await tx.query<Row & { data?: JsonObject }>(statement);
      return rows.map((row) =>
        row.data?.status === undefined ? row : { ...row, data: { ...row.data, status: 'pending' } },
      );
    },
  };
}
