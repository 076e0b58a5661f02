import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Json } from '../../../src/core/json.ts';
import type { DescribedOperation } from '../../support/described-service.ts';
import { type GeneratedRequest, type Material, requestTo } from '../generate-requests.ts';
import { mutate, mutation } from './mutate.ts';
import { oddHeaders } from './odd-headers.ts';
import type { SentRequest } from './target.ts';

/** Requests to an operation: valid ones, and valid ones with something wrong in them. */
export function attackOn(operation: DescribedOperation, material: Material): fc.Arbitrary<SentRequest> {
  const valid = requestTo(operation, material);
  const sent = valid.map((request) => withBody(request, request.body));
  const ofBody: fc.WeightedArbitrary<SentRequest>[] = operation.body
    ? [
        {
          weight: 6,
          arbitrary: fc.tuple(valid, mutation).map(([request, how]) => withText(request, mutate(request.body, how))),
        },
        { weight: 2, arbitrary: fc.tuple(valid, fc.constantFrom(...MALFORMED)).map(([request, how]) => how(request)) },
      ]
    : [];
  return fc.oneof(
    { weight: 3, arbitrary: sent },
    ...ofBody,
    {
      weight: 2,
      arbitrary: fc.tuple(sent, oddSegment, fc.nat(9)).map(([request, odd, n]) => atSegment(request, odd, n)),
    },
    { weight: 2, arbitrary: fc.tuple(sent, oddQuery(operation)).map(([request, query]) => asking(request, query)) },
    {
      weight: 1,
      arbitrary: fc.tuple(sent, oddHeaders).map(([request, odd]) => ({
        ...request,
        headers: { ...Object.fromEntries(odd), ...request.headers },
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(sent, fc.constantFrom(...METHODS)).map(([request, method]) => by(request, method)),
    },
  );
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'X'];

function withBody(request: GeneratedRequest, body: Json): SentRequest {
  return body === null ? { ...request, body: null } : withText(request, JSON.stringify(body));
}

function withText({ method, path, headers }: GeneratedRequest, body: SentRequest['body']): SentRequest {
  return { method, path, headers: { ...headers, ...JSON_TYPE }, body };
}

function by(request: SentRequest, method: string): SentRequest {
  return /^(get|head)$/i.test(method) ? { ...request, method, body: null } : { ...request, method };
}

/** What is no JSON, or not as its headers have it. */
const MALFORMED: ((request: GeneratedRequest) => SentRequest)[] = [
  ...[0, 0.1, 0.5, 0.9].map((share) => broken((text) => text.slice(0, Math.floor(text.length * share)))),
  broken((text) => text.slice(0, -1)),
  broken((text) => `\ufeff${text}`),
  broken((text) => `${text}${text}`),
  broken((text) => `${text}\u0000`),
  broken((text) => `\u0000${text}`),
  broken((text) => `[${text}]`),
  broken((text) => JSON.stringify(text)),
  broken((text) => text.replaceAll('"', "'")),
  broken((text) => `/* */${text}`),
  broken((text) => text.replace('{', '{,')),
  broken(() => 'title=a&objective=b'),
  broken(() => '['.repeat(7_000)),
  broken(() => `${'{"a":'.repeat(7_000)}1${'}'.repeat(7_000)}`),
  broken(() => 'NaN'),
  broken(() => `[${'0,'.repeat(50_000)}0]`),
  (request) => withText(request, bytes(Buffer.from(`\ufeff${JSON.stringify(request.body)}`, 'utf16le'))),
  (request) => withText(request, bytes(Buffer.from(JSON.stringify(request.body).replace(/[a-z]/, 'é'), 'latin1'))),
  // Overlong and surrogate forms, which UTF-8 does not have.
  (request) => withText(request, new Uint8Array([0x22, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x22])),
  (request) => headed(request, { 'Content-Encoding': 'gzip' }, bytes(gzipSync(JSON.stringify(request.body)))),
  (request) => headed(request, { 'Content-Encoding': 'identity' }),
  (request) => headed(request, { 'Content-Encoding': 'br, gzip' }),
  (request) => headed(request, { 'Content-Type': 'application/json; charset=utf-16' }),
  (request) => headed(request, { 'Content-Type': 'multipart/form-data; boundary=x' }),
  (request) => headed(request, { 'Content-Type': 'text/plain' }),
  (request) => headed(request, { 'Content-Type': 'application/json, text/html' }),
];

function broken(how: (text: string) => string): (request: GeneratedRequest) => SentRequest {
  return (request) => withText(request, how(JSON.stringify(request.body)));
}

function headed(
  request: GeneratedRequest,
  headers: Record<string, string>,
  body: SentRequest['body'] = JSON.stringify(request.body),
): SentRequest {
  const sent = withText(request, body);
  return { ...sent, headers: { ...sent.headers, ...headers } };
}

function bytes(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}

const oddSegment = fc.constantFrom(
  ...['%00', '%', '%ff%fe', '%2e%2e%2f', '..%2F..%2Fetc%2Fpasswd', 'a%2Fb', '%5c', '%0d%0aX-Odd:%20y', '%F0%9F%98%80'],
  ...['%E2%80%AE', '%ED%A0%80', '%C3%A9', '%65%CC%81', '%', '%u0041', '%252e', ';a=b', "'", '"', '<a>', '$1', '{id}'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'null',
    'undefined',
    '-1',
    '0',
    '1e400',
    'NaN',
    '*',
    ':id',
    '~',
    '..',
    '.',
  ],
  ...['', 'x'.repeat(200), 'x'.repeat(201), 'x'.repeat(256), 'x'.repeat(8_000), '%20', '+', 'pull', 'stream', 'ticket'],
);

/** Another segment in place of one of the path. */
function atSegment(request: SentRequest, odd: string, n: number): SentRequest {
  const [pathname = '', query] = request.path.split('?');
  const segments = pathname.split('/').slice(1);
  segments[n % segments.length] = odd;
  return { ...request, path: `/${segments.join('/')}${query === undefined ? '' : `?${query}`}` };
}

/** Parameters that are wrong, unknown or named twice. */
function oddQuery({ parameters }: DescribedOperation): fc.Arbitrary<[string, string]> {
  const known = parameters.flatMap((parameter) => (parameter.in === 'query' ? [parameter.name] : []));
  const name = fc.constantFrom(
    ...known,
    ...known,
    '__proto__',
    'constructor',
    '',
    'user_id',
    'limit',
    'at',
    'a%00',
    '%',
  );
  const odd = [
    '0',
    '-0',
    '-1',
    '1e3',
    '0x10',
    '9'.repeat(400),
    '٣',
    'true',
    'now',
    'infinity',
    '0001-01-01',
    '+275760-09-13',
  ];
  const more = [
    '2026-02-30',
    '2026-01-01T00:00:00%2B99:99',
    '9999999999',
    '0123456789.1',
    ',',
    ',,',
    'a,'.repeat(200),
    '[]',
  ];
  return fc.tuple(name, fc.oneof(fc.constantFrom(...odd, ...more), oddSegment));
}

function asking(request: SentRequest, [name, value]: [string, string]): SentRequest {
  return { ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}${name}=${value}` };
}
