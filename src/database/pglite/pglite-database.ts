import type { PGlite } from '@electric-sql/pglite';
import type { Database, ListenHandlers, Transaction } from '../database.ts';
import { compile, sessionStatement } from '../statement.ts';

/**
 * Postgres embedded in this process. PGlite logs in as superuser, whom row-level security does not bind: it is the role
 * set at the start of each transaction that isolates users here.
 */
export function pgliteDatabase(pglite: PGlite, close: () => Promise<void>): Database {
  return {
    kind: 'pglite',

    transaction(session, work) {
      return pglite.transaction(async (tx) => {
        const transaction: Transaction = {
          async query<Row>(statement: Parameters<Transaction['query']>[0]) {
            const { text, values } = compile(statement);
            return (await tx.query<Row>(text, values)).rows;
          },
        };
        await transaction.query(sessionStatement(session));
        return work(transaction);
      });
    },

    run(session, statement) {
      return this.transaction(session, (tx) => tx.query(statement));
    },

    async listen(channels, handlers) {
      const stops = await Promise.all(
        channels.map((channel) => pglite.listen(channel, () => notify(channel, handlers))),
      );
      let connected = true;
      handlers.onConnected();
      return {
        connected: () => connected,
        async close() {
          if (!connected) return;
          connected = false;
          await Promise.all(stops.map((stop) => stop()));
        },
      };
    },

    close,
  };
}

/** PGlite calls listeners from within its own query loop, where an exception would be nobody's to catch. */
function notify(channel: string, handlers: ListenHandlers): void {
  try {
    handlers.onNotify(channel);
  } catch (error) {
    handlers.onError(error as Error);
  }
}
