import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normaliseStamp } from '../../src/core/log/stamp.ts';
import { isStorable } from '../../src/core/text.ts';
import { jsonb } from '../../src/database/statement.ts';
import { onBothEngines } from '../support/engines.ts';
import { asSuperuser, type Superuser } from './as-superuser.ts';

const TEXTS = 8_000;

/** A number of two digits, mostly within its range. */
const two = (from: number, to: number) =>
  fc
    .oneof(
      { weight: 40, arbitrary: fc.integer({ min: from, max: to }) },
      { weight: 1, arbitrary: fc.constantFrom(0, to + 1, 99) },
    )
    .map((n) => String(n).padStart(2, '0'));

/** Mostly one of the good ones. */
const mostly = (good: fc.Arbitrary<string>, ...bad: string[]) =>
  fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...bad) });

/** All in the past: what lies ahead is refused in SQL alone, which knows what time it is. */
const year = mostly(
  fc.oneof(
    fc.integer({ min: 1, max: 2024 }).map((n) => String(n).padStart(4, '0')),
    fc.constantFrom('0001', '0004', '0100', '0099', '1582', '1900', '1999', '2000', '2023', '2024'),
  ),
  ...['0000', '24', '02024', '-001', '२०२४'],
);
const edgeDay = fc.constantFrom('02-28', '02-29', '02-30', '04-30', '04-31', '12-31', '01-01');
const date = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(year, two(1, 12), two(1, 31)).map((parts) => parts.join('-')) },
  { weight: 10, arbitrary: fc.tuple(year, edgeDay).map((parts) => parts.join('-')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '2024-1-01',
      '2024-01-1',
      '20240101',
      '2024-001',
      '2024/01/01',
      '2024-W01-1',
      '01-01-2024',
    ),
  },
);
const digits = fc.array(fc.constantFrom('0', '4', '5', '9'), { minLength: 1, maxLength: 9 }).map((all) => all.join(''));
const fraction = mostly(
  fc.oneof(
    digits.map((all) => `.${all}`),
    fc.constantFrom('', '', '.9999995', '.999999499', '.9999999', '.000000001', '.123456789', '.0005', '.999500000'),
  ),
  ...['.', ',5', '.1234567890', '.5.5', '.-1', '.1e1'],
);
const seconds = fc.oneof(
  fc.tuple(two(0, 60), fraction).map(([second, part]) => `:${second}${part}`),
  fc.tuple(fc.constantFrom('59', '60'), fraction).map(([second, part]) => `:${second}${part}`),
  mostly(fc.constant(''), ':', ':5', ':060', '.5'),
);
const time = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(two(0, 24), two(0, 59), seconds).map(([hour, minute, rest]) => `${hour}:${minute}${rest}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('24:00', '24:00:00', '23:59:60'), fraction).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: seconds.map((rest) => `24:00${rest}`) },
);
const offset = mostly(
  fc.oneof(
    fc.constant('Z'),
    fc.tuple(fc.constantFrom('+', '-'), two(0, 15)).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom('+', '-'), two(0, 15), fc.constantFrom('', ':'), two(0, 59))
      .map((parts) => parts.join('')),
    fc.constantFrom('+15:59', '-15:59', '+1559', '-15', '-00:00', '+16:00', '-16', '+15:60'),
  ),
  ...[
    '',
    'z',
    ' Z',
    '+1',
    '+1:00',
    '+01:0',
    '+01:00:00',
    '+010',
    '+',
    'UTC',
    ' UTC',
    'CET',
    '[Europe/Berlin]',
    '\u221201:00',
  ],
);
const written = fc
  .tuple(date, mostly(fc.constantFrom('T', ' '), 't', '', '  ', '_', '\n'), time, offset)
  .map((parts) => parts.join(''));
const garbage = fc.oneof(
  fc.constantFrom(
    ...['', ' ', 'now', 'today', 'infinity', '-infinity', 'epoch', 'allballs', '0', '1740823200000', 'null', 'Z'],
    ...[
      '2024-03-01',
      '2024-03-01T10:00:00',
      '2024-03-01T10:00:00.000Z BC',
      '٢٠٢٤-03-01T10:00:00Z',
      'J2451187',
      "'; select 1",
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).filter(isStorable),
  fc
    .tuple(fc.constantFrom('', ' ', '\n', '\t'), written, fc.constantFrom(' ', '\n', 'Z', ' AD', '\u00a0'))
    .map((parts) => parts.join('')),
);
const text = fc.oneof({ weight: 12, arbitrary: written }, { weight: 1, arbitrary: garbage });

onBothEngines((engine) => {
  let superuser: Superuser;
  beforeAll(async () => {
    superuser = await asSuperuser(engine());
    await superuser.query(sql`
      create function pg_temp.try_normalise_stamp(p_text text) returns text language plpgsql as $$
      begin
        return normalise_stamp(p_text, 'field');
      exception when sqlstate 'PM001' then
        return 'refused';
      end
      $$`);
  });
  afterAll(() => superuser?.close());

  async function inSql(texts: (string | null)[]): Promise<string[]> {
    const rows = await superuser.query<{ stamp: string }>(sql`
      select pg_temp.try_normalise_stamp(t) as stamp
      from jsonb_array_elements_text(${jsonb(texts)}) with ordinality as texts (t, n) order by n`);
    return rows.map(({ stamp }) => stamp);
  }

  test('normalise_stamp and normaliseStamp read and refuse the same texts', async () => {
    // One by one the texts would take a round trip each; nothing is shrunk, so the shortest that differ are shown.
    const [seed] = fc.sample(fc.nat(), 1);
    const texts = fc.sample(text, { numRuns: TEXTS, seed });
    const stamps = await inSql(texts);
    const differing = texts
      .map((written, n) => ({ written, here: normaliseStamp(written) ?? 'refused', sql: stamps[n] }))
      .filter(({ here, sql }) => here !== sql)
      .sort((a, b) => a.written.length - b.written.length);
    expect(differing.slice(0, 10), `${differing.length} texts differ with seed ${seed}`).toEqual([]);
    // Neither side of the law is tested with a handful of texts only.
    const refused = stamps.filter((stamp) => stamp === 'refused').length;
    expect(Math.min(refused, TEXTS - refused)).toBeGreaterThan(TEXTS / 5);
  });

  test('no time at all is refused, not passed on as null', async () => {
    expect(await inSql([null])).toEqual(['refused']);
  });

  test('how a session writes dates and where it lives changes nothing', async () => {
    const texts = ['2024-03-01T10:00:00.123+02:00', '2024-02-03 04:05Z', '0099-12-31T23:59:59Z'];
    await superuser.query(sql`set datestyle = 'SQL, DMY'`);
    await superuser.query(sql`set timezone = 'Asia/Kathmandu'`);
    expect(await inSql(texts)).toEqual(texts.map(normaliseStamp));
    await superuser.query(sql`reset datestyle`);
    await superuser.query(sql`reset timezone`);
  });
});
