import { expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import { operatorSession, type TextRow, userSession } from '../../src/database/database.ts';
import { listUsers } from '../../src/log/list-users.ts';
import { readHead } from '../../src/log/read-head.ts';
import { type ScannedChange, scanLog } from '../../src/log/scan-log.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { write } from '../support/missions.ts';

onBothEngines((engine) => {
  const scan = async (session: Parameters<ReturnType<typeof engine>['db']['scan']>[0], statement: string) => {
    const rows: TextRow[] = [];
    await engine().db.scan(session, statement, (batch) => void rows.push(...batch));
    return rows;
  };
  const task = (recordId: string, title: string) =>
    ({ appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title }, actor: USER }) as const;

  test('hands every text over as it is: tabs, lines, backslashes, null and its likeness, all of Unicode', async () => {
    const texts = ['a\tb', 'a\nb\r\n', '\\', '\\\\n', '\\N', '', 'ü 🏠 \u2028', '{"a":"\\"\\\\"}', '\b\f\v'];
    const values = texts.map((text, n) => `(${n}, ${quote(text)})`).join(', ');
    const rows = await scan(
      operatorSession(null),
      `select t, null::text from (values ${values}) as v (n, t) order by n`,
    );
    expect(rows).toEqual(texts.map((text) => [text, null]));
  });

  test('hands over a row that is longer than any chunk, and more rows than a batch', async () => {
    const rows = await scan(
      operatorSession(null),
      `select n::text, case when n % 1000 = 0 then repeat('wide', 100000) end from generate_series(1, 2500) n`,
    );
    expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
    expect(rows.filter(([, wide]) => wide?.length === 400_000)).toHaveLength(2);
  });

  test('what the reader throws ends the scan and leaves the database as usable as before', async () => {
    const failing = engine().db.scan(operatorSession(null), `select '1' from generate_series(1, 100000)`, () => {
      throw new Error('enough');
    });
    await expect(failing).rejects.toThrow('enough');
    expect(await scan(operatorSession(null), `select 'x'`)).toEqual([['x']]);
  });

  test('an error of the statement is thrown', async () => {
    await expect(scan(operatorSession(null), 'select nothing from nowhere')).rejects.toThrow('nowhere');
  });

  test('a log is read whole or between two positions, by its user and by the operator in that name, and by no other', async () => {
    const [user, other] = [newUser(), newUser()];
    await write(engine().db, user, task('a', 'A'), task('b', 'B'), task('c', 'tab\t"quoted"'));
    await write(engine().db, other, task('z', 'Z'));
    const read = async (session: Parameters<typeof scanLog>[1], options = {}) => {
      const changes: ScannedChange[] = [];
      await scanLog(engine().db, session, options, (batch) => void changes.push(...batch));
      return changes;
    };
    const changes = await read(operatorSession(user));
    expect(changes.map(({ recordId }) => recordId)).toEqual(['a', 'b', 'c']);
    expect(JSON.parse(changes[2]!.data)).toEqual({ title: 'tab\t"quoted"' });
    expect(changes[0]!.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(await read(userSession(user))).toEqual(changes);
    expect(await read(userSession(user), { after: 1, upTo: 2 })).toEqual(changes.slice(1, 2));
    expect(await read(operatorSession(null))).toEqual([]);
    expect(await readHead(engine().db, userSession(user))).toBe(3);
    await write(engine().db, user, ...Array.from({ length: 97 }, (_, n) => task(`t${n}`, 'T')));
    expect((await read(userSession(user))).map(({ position }) => position)).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    expect(await readHead(engine().db, userSession(newUser()))).toBe(0);
  });

  test('a log comes in the order of its positions as numbers, the tenth after the ninth', async () => {
    const user = newUser();
    await write(engine().db, user, ...Array.from({ length: 12 }, (_, n) => task(`t${n}`, 'T')));
    const positions: number[] = [];
    await scanLog(engine().db, operatorSession(user), {}, (batch) => {
      positions.push(...batch.map(({ position }) => position));
    });
    expect(positions).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
  });

  test('the operator lists the users, page by page; nobody else can', async () => {
    const users = [newUser(), newUser(), newUser()];
    for (const user of users) await write(engine().db, user, task('a', 'A'));
    const listed = await listUsers(engine().db, 2);
    expect(listed).toEqual(expect.arrayContaining(users));
    expect(new Set(listed).size).toBe(listed.length);
    await expect(scan(userSession(users[0]!), `select list_users('', 10)`)).rejects.toThrow('permission denied');
    await expect(scan({ role: 'app_runner' }, `select list_users('', 10)`)).rejects.toThrow('permission denied');
  });
});

function quote(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}
