import type { Engine } from '../../../src/database/pglite/supervise-engine.ts';
import { until } from '../../support/until.ts';

/** The rows of one statement, or several statements without any. */
export function query<Row>(engine: Engine, text: string): Promise<Row[]> {
  const statement = text.includes(';') ? { text } : { text, values: [] };
  return engine.alone((send) => send([statement]) as Promise<Row[]>);
}

export function isOpen(engine: Engine): Promise<unknown> {
  return until(() =>
    query(engine, 'select 1').then(
      () => true,
      () => false,
    ),
  );
}
