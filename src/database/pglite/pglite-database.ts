import type { SQL } from 'drizzle-orm';
import type { Database, OnAppended, Session, TextRow, Transaction } from '../database.ts';
import { compile, sessionStatement } from '../statement.ts';
import type { Statement } from './engine-session.ts';
import type { Engine } from './supervise-engine.ts';

const SCAN_BATCH = 1_000;
const BEGIN: Statement = { text: 'begin' };
const COMMIT: Statement = { text: 'commit' };

/**
 * Postgres embedded in this process. PGlite logs in as superuser, whom row-level security does not bind: it is the role
 * set at the start of each transaction that isolates users here.
 *
 * What belongs together crosses to the engine's thread together: to begin goes with the first statement, a transaction of
 * one statement is one message and its answer.
 */
export function pgliteDatabase(engine: Engine, close: () => Promise<void>, onAppended?: OnAppended): Database {
  const opening = (session: Session): Statement[] => [
    BEGIN,
    toStatement(sessionStatement(session, onAppended !== undefined)),
  ];

  return {
    kind: 'pglite',

    async transaction(session, work) {
      const appended = new Set<string>();
      const result = await engine.alone(async (send) => {
        let first = opening(session);
        const worked = await work({
          query<Row>(statement: SQL) {
            const batch = [...first, toStatement(statement)];
            first = [];
            return send(batch) as Promise<Row[]>;
          },
          announce: (userId) => void appended.add(userId),
        } satisfies Transaction);
        if (first.length === 0) await send([COMMIT]);
        return worked;
      });
      for (const userId of appended) onAppended?.(userId);
      return result;
    },

    run<Row>(session: Session, statement: SQL) {
      const batch = [...opening(session), toStatement(statement), COMMIT];
      return engine.alone((send) => send(batch) as Promise<Row[]>);
    },

    async runTexts(session, statement, onRow) {
      const batch = [...opening(session), { ...toStatement(statement), asArrays: true }, COMMIT];
      const rows = await engine.alone((send) => send(batch) as Promise<TextRow[]>);
      for (const row of rows) onRow(row);
    },

    announce: (userId) => onAppended?.(userId),

    async scan(session, statement, onRows) {
      await engine.alone(async (send) => {
        await send([...opening(session), { text: `declare scanned cursor for ${statement}` }]);
        for (;;) {
          const rows = await send([{ text: `fetch ${SCAN_BATCH} from scanned`, values: [], asArrays: true }]);
          if (rows.length === 0) break;
          await onRows(rows as TextRow[]);
        }
        await send([COMMIT]);
      });
    },

    listen: (channels, handlers) => engine.listen(channels, handlers),

    notifyOthers: async () => {},

    close,
  };
}

function toStatement(statement: SQL): Statement {
  return compile(statement);
}
