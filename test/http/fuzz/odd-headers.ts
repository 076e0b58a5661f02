import fc from 'fast-check';

const NAMES = [
  ...['Authorization', 'X-Request-Id', 'X-Client-Id', 'Last-Event-ID', 'If-None-Match', 'Accept', 'Accept-Encoding'],
  ...['Origin', 'Sec-Fetch-Site', 'Content-Type', 'Content-Encoding', 'Cookie', 'X-Service-Key', 'X-Forwarded-For'],
  ...['X-Forwarded-Host', 'X-HTTP-Method-Override', 'Range', 'Expect', 'Upgrade', 'TE', 'Via', 'X-User-Id'],
];
/** What a header's value may hold by RFC 9110: visible characters, blanks, and bytes from 0x80. */
const value = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((c) => c !== 0x7f)
      .map((c) => String.fromCharCode(c)),
    maxLength: 60,
  }),
  fc.constantFrom(
    '',
    ' ',
    ',',
    ';',
    '"',
    '=;q=',
    '*',
    'null',
    '0',
    '-1',
    '1e400',
    'Bearer',
    'Bearer ',
    'gzip, br;q=x',
    '{jndi:ldap://x}',
  ),
  fc.constantFrom(
    'application/json',
    'text/event-stream',
    'x'.repeat(4_000),
    'bytes=0-18446744073709551616',
    "' or 1=1 --",
  ),
);

/** Headers as no client writes them; a name may come twice. */
export const oddHeaders = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 6 });
