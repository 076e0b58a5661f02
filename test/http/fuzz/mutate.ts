import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/core/json.ts';

export interface Mutation {
  how: 'replace' | 'remove' | 'add' | 'double' | 'wrap';
  /** Which of the places in the body. */
  at: number;
  /** JSON as it is to be sent, whether or not it can be parsed into what it says. */
  value: string;
  /** Of a member that is added; JSON too. */
  name: string;
}

const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1.5',
  '1e400',
  '-1e400',
  '9007199254740991',
  '9007199254740993',
  '1e21',
  '5e-324',
  '2147483648',
];
const TEXTS = [
  ...[
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\u202e',
    '\u200b',
    '\ufeff',
    '\u{e0041}',
    'e\u0301'.repeat(50),
    '\u{1f468}\u200d\u{1f469}',
  ],
  ...[
    '__proto__',
    'constructor',
    'null',
    'true',
    "'; select 1; --",
    '$1',
    '#{x}',
    '%s%n',
    '<script>',
    '../../etc',
    '\\',
    '"',
  ],
  ...[
    '\u0661',
    '\u2028',
    '\r\n',
    'I\u0307',
    'ß',
    'x'.repeat(201),
    'x'.repeat(2_001),
    'é'.repeat(5_000),
    'x'.repeat(150_000),
  ],
];
const TIMES = [
  ...[
    '0000-00-00T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '1969-12-31T23:59:59.999Z',
    '2026-02-30T00:00:00Z',
    'now',
    'infinity',
  ],
  ...['9999-12-31T23:59:59.999Z', '+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00Z', '2026-01-01T00:00:60Z'],
  ...['2026-01-01T24:00:00Z', '2026-01-01T00:00:00+99:99', '2026-01-01', '10:00', '2026-01-01T00:00:00.123456789012Z'],
];
const LONE_SURROGATES = ['"\\ud800"', '"\\udc00\\ud800"', '"a\\udfff"'];
const TREES = [
  ...[
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '{"":0}',
    '{"a":{"b":[1,"x",null]}}',
    '{"kind":"user"}',
    '{"kind":"system","source":"rule"}',
  ],
  ...[
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"toString":1,"valueOf":1}',
  ],
  ...['{"value":1,"updatedAt":"2026-01-01T00:00:00Z"}', '{"length":1e9}', '{"then":1}', '{"toJSON":1}'],
  ...[20, 31, 33, 7_000].map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  `[${'"x",'.repeat(300)}"x"]`,
  `{${Array.from({ length: 1_200 }, (_, i) => `"f${i}":${i}`).join()}}`,
];

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'double', 'wrap'),
  at: fc.nat(1_000),
  value: fc.oneof(
    fc.constantFrom('null', 'true', 'false', ...NUMBERS),
    fc.constantFrom(...TEXTS, ...TIMES).map((text) => JSON.stringify(text)),
    fc.constantFrom(...LONE_SURROGATES, ...TREES),
    fc.json({ maxDepth: 3 }),
  ),
  name: fc.constantFrom(
    ...['__proto__', 'constructor', 'hasOwnProperty', 'id', 'userId', 'user_id', 'actor', 'position', 'createdAt'].map(
      quoted,
    ),
    ...['', ' ', 'a.b', 'a\u0000', '\u202ea', 'x'.repeat(201), 'deletedAt', 'value', '0', 'length', 'extra'].map(
      quoted,
    ),
    ...LONE_SURROGATES,
  ),
});

/** The body with one thing changed, as text: it may hold what no value can. */
export function mutate(body: Json, { how, at, value, name }: Mutation): string {
  const root: JsonObject = { body: structuredClone(body) };
  const places = placesIn(root);
  const [parent, key] = places[at % places.length] as Place;
  const old = parent[key] as Json;
  const marked = (text: string) => JSON.stringify(root.body).replace(`"${MARK}"`, () => text);
  if (how === 'remove' && parent !== root) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
    return marked('');
  }
  if (how === 'add' && typeof old === 'object' && old !== null && !Array.isArray(old)) {
    old[NAME] = MARK;
    return marked(value).replace(`"${NAME}"`, () => name);
  }
  parent[key] = MARK;
  if (how === 'wrap') return marked(`[${JSON.stringify(old)}]`);
  if (how === 'double' && parent !== root && !Array.isArray(parent)) {
    return marked(`${JSON.stringify(old)},${JSON.stringify(key)}:${value}`);
  }
  return marked(value);
}

const MARK = '@mark@';
const NAME = '@name@';

type Place = [parent: JsonObject, key: string];

/** Every value in a body by what holds it, the body itself first. */
function placesIn(parent: JsonObject): Place[] {
  return Object.entries(parent).flatMap(([key, value]) => [
    [parent, key] as Place,
    ...(typeof value === 'object' && value !== null ? placesIn(value as JsonObject) : []),
  ]);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
