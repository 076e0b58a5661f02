// Whoever is above every right and trigger changes the log: verify names the place. Each tampering is undone after it.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { operatorSession, withUser } from '../../../src/database/database.ts';
import { scanLog } from '../../../src/log/scan-log.ts';
import { checkChain, type LinkAt } from '../../../src/log/verify/check-chain.ts';
import { newUser, onBothEngines } from '../../support/engines.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { asSuperuser } from '../as-superuser.ts';
import { insertRandomChanges } from './random-changes.ts';

const SEED = Number(process.env.SEED ?? 20_261_123);
const ROUNDS = 10;
const COLUMNS: Record<string, string> = {
  ...{ id: `id || 'x'`, app_id: `'other'`, table_name: `table_name || ' '`, record_id: `reverse('x' || record_id)` },
  ...{ op: `case op when 'update' then 'insert' else 'update' end`, data: `data || '{"": 0.10}'` },
  ...{
    field_timestamps: `field_timestamps || '{"x": "2026-01-01T00:00:00.000Z"}'`,
    client_id: `client_id || '\u0301'`,
  },
  ...{ schema_version: 'schema_version + 1', actor: `'{"kind": "system", "source": "rule"}'` },
  ...{ created_at: `created_at + interval '1 microsecond'`, user_id: `user_id || 'x'` },
};
const ROW = Object.keys(COLUMNS).join();

onBothEngines((engine) => {
  test(`every tampering is found at its place (SEED=${SEED})`, async () => {
    const random = seededRandom(SEED);
    const db = engine().db;
    const user = newUser();
    for (const count of [1, 1, 3, 1, 12, 1, 1, 5, 1, 1, 8, 2, 1]) {
      await withUser(db, user, (tx) => insertRandomChanges(tx, user, count, random));
    }
    const check = (expected?: LinkAt) => checkChain(db, user, { expected, checkInterrupt() {} });
    /** Position of each link, and the link. */
    const links: LinkAt[] = [];
    await scanLog(db, operatorSession(user), {}, (changes) => {
      for (const { position, link } of changes) if (link) links.push({ position: position - 1, link });
    });
    const whole = (await check()).link as LinkAt;
    const ends = [...links.map(({ position }) => position), whole.position];
    /** The changes that were linked together with this one. */
    const linkedWith = (position: number): [number, number] => {
      const last = ends.find((end) => end >= position) as number;
      return [(ends[ends.indexOf(last) - 1] ?? 0) + 1, last];
    };
    const superuser = await asSuperuser(engine());
    const run = async (...statements: string[]) => {
      for (const statement of statements) await superuser.query(sql.raw(statement));
    };
    const own = `user_id = '${user}'`;
    await run(
      'alter table sync_changes disable trigger user',
      `create table kept_log as select * from sync_changes where ${own}`,
      `create table kept_head as select * from user_heads where ${own}`,
    );
    let tried = 0;
    /** `at`: the first position that differs; null for what cannot be told from the log alone. */
    const tamper = async (what: string, at: number | null, statements: string[], expected?: LinkAt) => {
      await run(...statements);
      const { violations } = await check(expected);
      const [first] = violations;
      if (at === null) {
        const rules = expected ? ['link_not_as_expected'] : [];
        expect({ seed: SEED, what, rules: violations.map(({ rule }) => rule) }).toEqual({ seed: SEED, what, rules });
      } else {
        const [from = 0, to = 0] = first?.positions ?? [];
        const [least, most] = isLinkMoved(what)
          ? [linkedWith(linkedWith(at)[0] - 1 || 1)[0], linkedWith(at)[1] + 1]
          : linkedWith(at);
        const isNamed =
          first?.rule === 'chain_broken' &&
          from >= least &&
          from <= at &&
          at <= to + Number(isLinkMoved(what)) &&
          to <= most;
        expect({ seed: SEED, what, at, violation: isNamed || first }).toEqual({
          seed: SEED,
          what,
          at,
          violation: true,
        });
      }
      await run(
        `delete from sync_changes where user_id like '${user}%'`,
        'insert into sync_changes select * from kept_log',
        `delete from user_heads where ${own}`,
        'insert into user_heads select * from kept_head',
      );
      tried += 1;
    };
    const upTo = (n: number) => 1 + Math.floor(random() * n);

    try {
      for (let round = 0; round < ROUNDS; round++) {
        const at = upTo(whole.position - 1);
        const other = at + upTo(whole.position - at);
        for (const [column, value] of Object.entries(COLUMNS)) {
          await tamper(column, at, [`update sync_changes set ${column} = ${value} where ${own} and position = ${at}`]);
        }
        await tamper('a row is gone', at, [`delete from sync_changes where ${own} and position = ${at}`]);
        await tamper('a row is gone, those after it move up', at, [
          `delete from sync_changes where ${own} and position = ${at}`,
          ...move(own, `position > ${at}`, -1),
        ]);
        await tamper('two rows trade places', at, [
          `update sync_changes set position = case position when ${at} then 1000 else 1001 end where ${own} and position in (${at}, ${other})`,
          `update sync_changes set position = case position when 1000 then ${other} else ${at} end where ${own} and position in (1000, 1001)`,
        ]);
        await tamper('a row comes between', at, [
          ...move(own, `position >= ${at}`, 1),
          `insert into sync_changes (position, ${ROW})
           select ${at}, ${ROW.replace(/\bid\b/, `'between'`)} from sync_changes where ${own} and position = ${at + 1}`,
        ]);
        await tamper(
          'the end is cut off',
          at,
          [`delete from sync_changes where ${own} and position > ${at}`],
          undefined,
        );
        await tamper('the end is cut off, the head set back', at, [
          `delete from sync_changes where ${own} and position > ${at}`,
          `update user_heads set position = ${at}, linked_to = ${at} where ${own}`,
        ]);
        const { position: end } = links[upTo(links.length) - 1] as LinkAt;
        const onLink = `where ${own} and position = ${end + 1}`;
        if (end > 0) {
          await tamper('a link is another', end, [`update sync_changes set link = md5(link) || md5(link) ${onLink}`]);
          await tamper('the last link is another', whole.position, [
            `update user_heads set link = md5(link) where ${own}`,
          ]);
        }
        // Who cuts the log off where one of its links is, and puts that into the head, leaves a log that may have ended
        // there: only a link that was kept elsewhere tells.
        const cut = links[upTo(links.length) - 1] as LinkAt;
        const cutOff = [
          `update user_heads set position = ${cut.position}, linked_to = ${cut.position}, link = '${cut.link}' where ${own}`,
          `delete from sync_changes where ${own} and position > ${cut.position}`,
        ];
        await tamper('a clean cut, without a link of before', null, cutOff);
        await tamper('a clean cut, with one', null, cutOff, whole);
        const kept = links[upTo(links.length) - 1] as LinkAt;
        const { violations } = await check(kept);
        expect({ seed: SEED, violations }).toEqual({ seed: SEED, violations: [] });
      }
      expect(tried).toBeGreaterThanOrEqual(200);
    } finally {
      await run(
        'drop table kept_log',
        'drop table kept_head',
        `do $$ declare t text; begin
           for t in select tgname from pg_trigger where tgrelid = 'sync_changes'::regclass and not tgisinternal loop
             execute format('alter table sync_changes enable always trigger %I', t);
           end loop; end $$`,
      );
      await superuser.close();
    }
  });
});

/** A row takes the link that it bears, the one over the changes before it, with it. */
function isLinkMoved(what: string): boolean {
  return what === 'user_id' || what.includes('row');
}

/** Positions are unique: those that move go far away first. */
function move(own: string, which: string, by: number): string[] {
  return [
    `update sync_changes set position = position + 10000 where ${own} and ${which}`,
    `update sync_changes set position = position - 10000 + ${by} where ${own} and position > 5000`,
  ];
}
