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
    HOST: '0.0.0.0',
    PORT: '99999',
    DATABASE_URL: 'mysql://root:canary-password@db/x',
    LLM_BASE_URL: 'not a url',
    LLM_API_KEY: 'canary-key',
    SERVICE_KEY: 'canary',
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
])('what belongs together: %o', (environment, message) => {
  const read = readConfig(environment);
  expect(read.ok ? '' : read.problems.join()).toMatch(message);
});
