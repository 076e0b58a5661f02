// What docs/operations.md says may be deleted may be: everything that is proved from the log still holds.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { everythingOf } from '../log/archive-world.ts';
import { asSuperuser } from '../log/as-superuser.ts';
import { livedUser } from '../log/lived-user.ts';
import { onBothEngines } from '../support/engines.ts';
import { drilled } from './drilled.ts';

onBothEngines((engine) => {
  test('old exchanges with the model', async () => {
    const user = await livedUser(engine());
    const before = await everythingOf(engine().db, user);
    const superuser = await asSuperuser(engine());
    const calls = () => superuser.query(sql`select from model_calls where user_id = ${user}`);
    expect((await calls()).length).toBeGreaterThan(0);
    const own = { "'90 days'": "'0 days'" };
    const statement = drilled(`delete from model_calls where created_at < now() - interval '90 days';`, own);
    await superuser.query(sql.raw(statement.replace(';', '')));
    expect(await calls()).toEqual([]);
    await superuser.close();
    expect(await everythingOf(engine().db, user)).toEqual(before);
    const quiet = { checkInterrupt() {}, onChanges() {} };
    expect((await verifyUser(engine().db, user, { registry: defaultRegistry, ...quiet })).violations).toEqual([]);
  });
});
