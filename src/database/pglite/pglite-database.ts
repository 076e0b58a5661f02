import type { PGlite } from '@electric-sql/pglite';
import type { Database, ListenHandlers, OnAppended, TextRow, Transaction } from '../database.ts';
import { compile, sessionStatement } from '../statement.ts';

const SCAN_BATCH = 1_000;

/**
 * Postgres embedded in this process. PGlite logs in as superuser, whom row-level security does not bind: it is the role
 * set at the start of each transaction that isolates users here.
 */
export function pgliteDatabase(pglite: PGlite, close: () => Promise<void>, onAppended?: OnAppended): Database {
  return {
    kind: 'pglite',

    async transaction(session, work) {
      const appended = new Set<string>();
      const result = await pglite.transaction(async (tx) => {
        const transaction: Transaction = {
          async query<Row>(statement: Parameters<Transaction['query']>[0]) {
            const { text, values } = compile(statement);
            return (await tx.query<Row>(text, values)).rows;
          },
          announce: (userId) => void appended.add(userId),
        };
        await turnOfTheLoop();
        await transaction.query(sessionStatement(session, onAppended !== undefined));
        return work(transaction);
      });
      for (const userId of appended) onAppended?.(userId);
      return result;
    },

    run(session, statement) {
      return this.transaction(session, (tx) => tx.query(statement));
    },

    async runTexts(session, statement, onRow) {
      await pglite.transaction(async (tx) => {
        await turnOfTheLoop();
        const settings = compile(sessionStatement(session, onAppended !== undefined));
        await tx.query(settings.text, settings.values);
        const { text, values } = compile(statement);
        const { rows } = await tx.query<TextRow>(text, values, { rowMode: 'array' });
        for (const row of rows) onRow(row);
      });
    },

    announce: (userId) => onAppended?.(userId),

    async scan(session, statement, onRows) {
      await pglite.transaction(async (tx) => {
        const { text, values } = compile(sessionStatement(session, false));
        await tx.query(text, values);
        await tx.exec(`declare scanned cursor for ${statement}`);
        for (;;) {
          const { rows } = await tx.query<TextRow>(`fetch ${SCAN_BATCH} from scanned`, [], { rowMode: 'array' });
          if (rows.length === 0) break;
          await onRows(rows);
        }
      });
    },

    async listen(channels, handlers) {
      const stops = await Promise.all(
        channels.map((channel) => pglite.listen(channel, (payload) => notify(channel, payload, handlers))),
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

    notifyOthers: async () => {},

    close,
  };
}

/**
 * The engine answers within this thread and without ever leaving it: a queue of transactions, such as those that plan a
 * mission, would run to its end before a byte of what they came to is sent. With a turn between them, a saved mission's
 * card is in the browser in 550 ms rather than 730 (p50 of four runs in turn, Chromium on the same two busy cores).
 */
function turnOfTheLoop(): Promise<void> {
  return new Promise(setImmediate);
}

/** PGlite calls listeners from within its own query loop, where an exception would be nobody's to catch. */
function notify(channel: string, payload: string, handlers: ListenHandlers): void {
  try {
    handlers.onNotify(channel, payload);
  } catch (error) {
    handlers.onError(error as Error);
  }
}
