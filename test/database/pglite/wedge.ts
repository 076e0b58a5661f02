import type { Engine } from '../../../src/database/pglite/supervise-engine.ts';

/** Statements that never end, and what interrupts them on a Postgres (statement_timeout) the engine does not have. */
export const ENDLESS = {
  'a runaway query':
    'with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r where n < 0',
  'a sleep': 'select pg_sleep(1000000)',
  'a loop': "do 'begin loop end loop; end'",
};

/** So short that a test need not wait; what is not to be ended early has the store's own limit. */
const SOON_MS = 200;

export function wedge(engine: Engine, text: string): Promise<unknown[]> {
  return engine.alone((send) => send([{ text }]), SOON_MS);
}
