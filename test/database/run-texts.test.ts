// A read that fails is told so: it was once waited for for ever. Broken connections: postgres/read-fails.test.ts.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { userSession } from '../../src/database/database.ts';
import { onBothEngines } from '../support/engines.ts';

onBothEngines((engine) => {
  test('a statement that fails', async () => {
    const read = (statement: ReturnType<typeof sql>) => engine().db.runTexts(userSession('u'), statement, () => {});
    await expect(read(sql`select (1 / n)::text from generate_series(1, 0, -1) as n`)).rejects.toThrow(
      'division by zero',
    );
    await expect(read(sql`select nothing::text`)).rejects.toThrow('does not exist');
    await read(sql`select 1::text`);
  });

  test('a reader that throws', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    await expect(engine().db.runTexts(userSession('u'), sql`select 1::text`, boom)).rejects.toThrow('boom');
  });
});
