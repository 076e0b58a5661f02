import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

test('without anything: loopback, embedded database, no model', () => {
  const read = readConfig({});
  expect(read).toMatchObject({ ok: true, config: { HOST: '127.0.0.1', PORT: 3067, DATA_DIR: './data' } });
  expect(read.ok && read.config.DATABASE_URL).toBeUndefined();
});

test('an empty variable is an absent one', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '  ', LLM_MODEL: '' })).toMatchObject({
    ok: true,
    config: { PORT: 3067 },
  });
});

test('every problem is listed at once, and no secret is shown', () => {
  const read = readConfig({
    HOST: 'not an address',
    PORT: '99999',
    DATABASE_URL: 'mysql://root:canary-password@db/x',
    LLM_BASE_URL: 'not a url',
    LLM_API_KEY: 'canary-key',
    SERVICE_KEY: 'canary',
    AUTH_JWT_SECRET: 'canary',
    AUTH_JWKS_URL: 'https://canary:canary@login.example/jwks.json',
    LOG_LEVEL: 'loud',
    RUNNER_CONCURRENCY: '0',
  });
  const problems = read.ok ? [] : read.problems;
  for (const name of [
    'HOST',
    'PORT',
    'DATABASE_URL',
    'LLM_BASE_URL',
    'SERVICE_KEY',
    'AUTH_JWT_SECRET',
    'AUTH_JWKS_URL',
    'LOG_LEVEL',
    'RUNNER_CONCURRENCY',
  ]) {
    expect(problems.filter((problem) => problem.startsWith(name))).not.toHaveLength(0);
  }
  expect(problems.join('\n')).not.toContain('canary');
});

test.each([
  [{ LLM_MODEL: 'x' }, /LLM_BASE_URL is not/],
  [{ LLM_BASE_URL: 'http://127.0.0.1:1/v1' }, /LLM_MODEL is not/],
  [{ DATABASE_DIRECT_URL: 'postgres://a@b/c' }, /DATABASE_URL is not/],
  [{ DATABASE_REPLICA_URL: 'postgres://a@b/c' }, /^DATABASE_REPLICA_URL is set, but DATABASE_URL is not/],
  [{ ROLE: 'runner' }, /^ROLE is runner, but the embedded database serves one process/],
  [{ ROLE: 'api' }, /^ROLE is api, but the embedded database serves one process/],
])('what belongs together: %o', (environment, message) => {
  const read = readConfig(environment);
  expect(read.ok ? '' : read.problems.join()).toMatch(message);
});

test('a database may have several hosts, of which the one that takes writes is meant; a replica has one', () => {
  const DATABASE_URL = 'postgres://a:canary@b:5432,c:5433/d?target_session_attrs=read-write';
  expect(readConfig({ DATABASE_URL })).toMatchObject({ ok: true, config: { DATABASE_URL } });
  for (const wrong of ['postgres://a:canary@b:5432,c:no/d', `${DATABASE_URL.replace('read-write', 'standby')}`]) {
    const read = readConfig({ DATABASE_URL: wrong });
    expect(read).toMatchObject({ ok: false, problems: [expect.stringMatching(/^DATABASE_URL (is|has)/)] });
    expect(JSON.stringify(read)).not.toContain('canary');
  }
  expect(readConfig({ DATABASE_URL, DATABASE_REPLICA_URL: DATABASE_URL })).toMatchObject({
    ok: false,
    problems: [expect.stringMatching(/^DATABASE_REPLICA_URL is not a Postgres URL of one host/)],
  });
});

test('a model server is named without a password: every error of such a request would quote it', () => {
  const read = readConfig({ LLM_BASE_URL: 'http://me:canary@127.0.0.1:1/v1', LLM_MODEL: 'x' });
  const problems = read.ok ? '' : read.problems.join();
  expect(problems).toMatch(/^LLM_BASE_URL bears a user or a password.*LLM_API_KEY/);
  expect(problems).not.toContain('canary');
});

const SECRET = 'x'.repeat(32);
const JWKS = 'https://login.example/.well-known/jwks.json';

test.each(['0.0.0.0', '::', '192.168.1.5', 'missions.example', '127.0.0.2'])(
  '%s is served with tokens only',
  (HOST) => {
    expect(readConfig({ HOST, AUTH_JWT_SECRET: SECRET })).toMatchObject({ ok: true, config: { HOST } });
    expect(readConfig({ HOST, AUTH_JWKS_URL: JWKS })).toMatchObject({ ok: true, config: { HOST } });
    const read = readConfig({ HOST });
    expect(read.ok ? [] : read.problems).toEqual([
      expect.stringMatching(`^HOST "${HOST}" is not a loopback address .* no tokens, so it serves only this machine`),
    ]);
  },
);

test('the secret is counted in bytes', () => {
  expect(readConfig({ AUTH_JWT_SECRET: 'é'.repeat(16) }).ok).toBe(true);
  expect(readConfig({ AUTH_JWT_SECRET: 'x'.repeat(31) }).ok).toBe(false);
});

test.each([
  [JWKS, true],
  ['http://127.0.0.1:8080/jwks', true],
  ['http://localhost/jwks', true],
  ['http://[::1]:8080/jwks', true],
  ['http://login.example/jwks', false],
  ['http://127.0.0.1.example/jwks', false],
  ['http://localhost@login.example/jwks', false],
  ['https://user@login.example/jwks', false],
  ['ftp://login.example/jwks', false],
  ['login.example/jwks', false],
])('keys are read from %s: %s', (AUTH_JWKS_URL, ok) => {
  const read = readConfig({ AUTH_JWKS_URL });
  expect(read.ok).toBe(ok);
  if (!read.ok) expect(read.problems).toEqual([expect.stringMatching(/^AUTH_JWKS_URL is not an https URL/)]);
});

test.each([
  ['https://app.example', ['https://app.example']],
  ['https://app.example , http://localhost:5173,https://app.example', ['https://app.example', 'http://localhost:5173']],
  ['*', null],
  ['null', null],
  ['https://*.app.example', null],
  ['https://app.example/', null],
  ['https://app.example/path', null],
  ['https://app.example:443', null],
  ['https://App.example', null],
  ['https://user@app.example', null],
  ['app.example', null],
  ['file:///', null],
  ['https://app.example,', null],
  ['https://app.example https://other.example', null],
])('origins %s are %j', (CORS_ORIGINS, origins) => {
  const read = readConfig({ CORS_ORIGINS, AUTH_JWKS_URL: JWKS });
  if (origins) expect(read).toMatchObject({ ok: true, config: { CORS_ORIGINS: origins } });
  else expect(read.ok ? '' : read.problems.join()).toMatch(/^CORS_ORIGINS .* is not a list of exact origins/);
});

test.each([
  [{}, 0, 0],
  [{ AUTH_JWKS_URL: JWKS }, 600, 600],
  [{ AUTH_JWKS_URL: JWKS, RATE_LIMIT_PER_MINUTE: '0' }, 0, 0],
  [{ AUTH_JWKS_URL: JWKS, RATE_LIMIT_PER_MINUTE: '90', RATE_LIMIT_BURST: '10' }, 90, 10],
  [{ AUTH_JWKS_URL: JWKS, RATE_LIMIT_BURST: '10' }, 600, 10],
  [{ RATE_LIMIT_PER_MINUTE: '90' }, 90, 90],
])('%o allows %i requests a minute, %i at once', (environment, perMinute, burst) => {
  expect(readConfig(environment)).toMatchObject({
    ok: true,
    config: { RATE_LIMIT_PER_MINUTE: perMinute, RATE_LIMIT_BURST: burst, CORS_ORIGINS: [] },
  });
});

test.each([
  [{ AUTH_JWKS_URL: JWKS, AUTH_JWT_SECRET: SECRET }, /are both set/],
  [{ AUTH_ISSUER: 'x' }, /^AUTH_ISSUER is set, but the service has no tokens/],
  [{ AUTH_AUDIENCE: 'x' }, /^AUTH_AUDIENCE is set, but the service has no tokens/],
  [{ CORS_ORIGINS: 'https://app.example' }, /^CORS_ORIGINS is set, but the service has no tokens/],
  [{ RATE_LIMIT_BURST: '5' }, /^RATE_LIMIT_BURST is set, but there is no limit/],
  [{ AUTH_JWKS_URL: JWKS, RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_BURST: '5' }, /there is no limit/],
  [{ AUTH_JWKS_URL: JWKS, RATE_LIMIT_BURST: '0' }, /^RATE_LIMIT_BURST "0" is less than 1/],
  [{ RATE_LIMIT_PER_MINUTE: '-1' }, /^RATE_LIMIT_PER_MINUTE "-1" is not a whole number/],
])('what the users are known by is checked: %o', (environment, message) => {
  const read = readConfig(environment);
  expect(read.ok ? [] : read.problems).toEqual([expect.stringMatching(message)]);
});
