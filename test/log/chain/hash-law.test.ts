// What the database hashes and links is what TypeScript does, whatever the texts and whatever the session's settings.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { hashChange } from '../../../src/core/log/hash-change.ts';
import { operatorSession, withUser } from '../../../src/database/database.ts';
import { scanLog } from '../../../src/log/scan-log.ts';
import { sha256 } from '../../../src/log/sha256.ts';
import { checkChain } from '../../../src/log/verify/check-chain.ts';
import { newUser, onBothEngines } from '../../support/engines.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { asSuperuser } from '../as-superuser.ts';
import { insertRandomChanges } from './random-changes.ts';

const SEED = Number(process.env.SEED ?? 20_261_123);
const SETTINGS = [
  ...['TimeZone = "Asia/Kathmandu"', 'DateStyle = "German, DMY"', 'bytea_output = escape', 'extra_float_digits = -15'],
  ...['IntervalStyle = sql_standard', 'standard_conforming_strings = off', "lc_numeric = 'C'"],
];

onBothEngines((engine) => {
  test(`5,000 random changes hash in SQL and in TypeScript to the same, and all links hold (SEED=${SEED})`, async () => {
    const random = seededRandom(SEED);
    const user = newUser();
    let written = 0;
    for (let statement = 0; written < 5_000; statement++) {
      const count = 1 + Math.floor(random() ** 4 * 600);
      await withUser(engine().db, user, async (tx) => {
        await tx.query(sql.raw(`set local ${SETTINGS[statement % SETTINGS.length]}`));
        await insertRandomChanges(tx, user, count, random);
      });
      written += count;
    }
    const superuser = await asSuperuser(engine());
    try {
      const inSql = await superuser.query<{ hash: string }>(sql`
        select encode(hash_change(user_id, position, id, app_id, table_name, record_id, op, data, field_timestamps, client_id,
                                  schema_version, actor, created_at), 'hex') as hash
        from sync_changes where user_id = ${user} order by position`);
      const inTypeScript: string[] = [];
      await scanLog(engine().db, operatorSession(user), {}, (changes) => {
        for (const change of changes) {
          const hash = hashChange({ ...change, userId: user }, sha256);
          inTypeScript.push(Buffer.from(hash).toString('hex'));
        }
      });
      expect(inTypeScript.length).toBeGreaterThanOrEqual(5_000);
      expect(inTypeScript).toEqual(inSql.map(({ hash }) => hash));
    } finally {
      await superuser.close();
    }
    const { link, violations } = await checkChain(engine().db, user, { checkInterrupt() {} });
    expect(violations).toEqual([]);
    expect(link).toEqual({ position: written, link: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});
