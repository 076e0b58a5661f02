// The files that deploy the service, held against the service: there is no Docker where the tests run.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../src/config.ts';
import type { Database } from '../src/database/database.ts';
import { syncApp } from './http/sync-app.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

/** Every name that the configuration asks the environment for. */
const SETTINGS = (() => {
  const asked = new Set<string>();
  readConfig(new Proxy({}, { get: (_, name) => void asked.add(String(name)) }));
  return [...asked];
})();

const BUILD = JSON.parse(read('tsconfig.build.json'));
const OUT: string = BUILD.compilerOptions.outDir;
const BUILT_FROM: string[] = [...BUILD.include, 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'src/main.ts'];

const DOCKERFILE = read('Dockerfile')
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, instruction = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    return { instruction: instruction.toUpperCase(), rest };
  });
const LAST_STAGE = DOCKERFILE.slice(DOCKERFILE.findLastIndex(({ instruction }) => instruction === 'FROM'));
const inLastStage = (wanted: string) =>
  LAST_STAGE.flatMap(({ instruction, rest }) => (instruction === wanted ? [rest] : []));
const IMAGE_ENVIRONMENT = parseEnv(inLastStage('ENV').join(' ').replaceAll(' ', '\n'));
/** What the image runs, and what its health check asks. */
const COMMAND: string[] = JSON.parse(inLastStage('CMD').at(-1) ?? '[]');
const HEALTH_URL = /https?:[^'"]+/.exec(inLastStage('HEALTHCHECK').join())?.[0] ?? '';

/** Plain paths from the root; a pattern would need more than this to be read. */
const IGNORED = read('.dockerignore').split('\n').filter(Boolean);
const isIgnored = (path: string) => IGNORED.some((ignored) => path === ignored || path.startsWith(`${ignored}/`));

const COMPOSE = parse(read('compose.yaml'));
const SERVICE = COMPOSE.services['pg-missions'];

describe('Dockerfile', () => {
  test('copies what is there, and what .dockerignore lets through', () => {
    const copied = DOCKERFILE.filter(({ instruction }) => instruction === 'COPY')
      .flatMap(({ rest }) =>
        rest
          .split(' ')
          .filter((word) => !word.startsWith('--'))
          .slice(0, -1),
      )
      .map((source) => source.replace(/^\/app\//, ''));
    const made = ['node_modules', OUT];
    expect(copied).toEqual(expect.arrayContaining(['.', ...made]));
    const fromHere = copied.filter((source) => !made.includes(source));
    expect([...fromHere, ...BUILT_FROM].filter((path) => !existsSync(`${root}${path}`) || isIgnored(path))).toEqual([]);
  });

  test('lets in neither secrets nor what the build makes itself', () => {
    expect(IGNORED.filter((pattern) => !/^[\w.-]+(\/[\w.-]+)*$/.test(pattern))).toEqual([]);
    expect(['.env', '.git', 'node_modules', 'dist', 'data'].filter((path) => !isIgnored(path))).toEqual([]);
  });

  test('runs what the build makes of src/main.ts, as nobody in particular', () => {
    expect(COMMAND).toEqual(['node', `${OUT}/src/main.js`]);
    expect(inLastStage('USER').at(-1)).toMatch(/^(?!root\b|0\b)\w+/);
    expect(inLastStage('WORKDIR')).toEqual(['/app']);
  });

  test('asks a route for its health, on the port that the service listens on', async () => {
    const described = await (await syncApp({} as Database).request('/openapi.json')).json();
    const { paths } = described as { paths: Record<string, object> };
    const { pathname, port } = new URL(HEALTH_URL);
    expect(paths[pathname]).toHaveProperty('get');
    expect(port).toBe(String(defaults().PORT));
    expect(inLastStage('EXPOSE')).toEqual([port]);
  });

  test('sets only what the configuration knows', () => {
    const { NODE_ENV, ...settings } = IMAGE_ENVIRONMENT;
    expect(NODE_ENV).toBe('production');
    expect(Object.keys(settings).filter((name) => !SETTINGS.includes(name))).toEqual([]);
    expect(inLastStage('VOLUME')).toEqual([settings.DATA_DIR]);
  });
});

describe('compose.yaml', () => {
  test('gives the service what makes a configuration, and nothing that is unknown', () => {
    expect(Object.keys(SERVICE.environment).filter((name) => !SETTINGS.includes(name))).toEqual([]);
    const given = { AUTH_JWT_SECRET: 's'.repeat(32), POSTGRES_PASSWORD: 'p' };
    const environment = { ...IMAGE_ENVIRONMENT, ...interpolate(SERVICE.environment, given) };
    const config = readConfig(environment);
    expect(config).toMatchObject({ ok: true, config: { HOST: '0.0.0.0' } });
    const { username, password, hostname, pathname } = new URL(environment.DATABASE_URL ?? '');
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = interpolate(
      COMPOSE.services[hostname].environment,
      given,
    );
    expect([username, password, pathname]).toEqual([POSTGRES_USER, POSTGRES_PASSWORD, `/${POSTGRES_DB}`]);
    expect(SERVICE.ports).toEqual([`${defaults().PORT}:${defaults().PORT}`]);
  });

  test('asks for each secret, and has none of its own', () => {
    const asked = [...JSON.stringify(COMPOSE.services).matchAll(/\$\{(\w+)(:?[-?+=]?)([^}]*)\}/g)];
    expect(asked.length).toBeGreaterThan(0);
    for (const [text, name = '', operator, fallback] of asked) {
      if (['AUTH_JWT_SECRET', 'POSTGRES_PASSWORD'].includes(name)) expect(text, name).toContain(`\${${name}:?`);
      else expect([operator, fallback], name).toEqual([':-', '']);
    }
    for (const { environment = {} } of Object.values<{ environment?: Record<string, string> }>(COMPOSE.services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|SECRET|KEY|TOKEN/.test(name)) expect(value, name).toMatch(/^\$\{\w+:[-?][^}]*\}$/);
      }
    }
  });

  test('starts the service when the database is healthy, and keeps the data in one volume', () => {
    expect(SERVICE.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(COMPOSE.services.postgres.healthcheck.test).toEqual(
      expect.arrayContaining([expect.stringMatching('pg_isready')]),
    );
    expect(Object.keys(COMPOSE.volumes)).toHaveLength(1);
    const mounts = Object.values<{ volumes?: string[] }>(COMPOSE.services).flatMap(({ volumes = [] }) => volumes);
    // The image of Postgres 18 has its data in a folder below, by version.
    expect(mounts).toEqual([`${Object.keys(COMPOSE.volumes)[0]}:/var/lib/postgresql`]);
    expect(COMPOSE.services.postgres.image).toBe('postgres:18');
  });
});

test('.env.example names every setting, in the way that the service does without it', () => {
  const example = parseEnv(read('.env.example'));
  expect(Object.keys(example).sort()).toEqual([...SETTINGS].sort());
  expect(readConfig(example)).toEqual(readConfig({}));
});

test('the build is what the Dockerfile takes it for', () => {
  expect(JSON.parse(read('package.json')).scripts.build).toContain('tsc -p tsconfig.build.json');
  expect(BUILD.compilerOptions).toMatchObject({ rootDir: '.', outDir: 'dist' });
});

function defaults() {
  const config = readConfig({});
  if (!config.ok) throw new Error(config.problems.join('\n'));
  return config.config;
}

/** As compose does: `${NAME:-fallback}` and `${NAME:?what to say}`. */
function interpolate(environment: Record<string, string>, given: Record<string, string>): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [
    name,
    value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, asked: string, operator?: string, rest?: string) => {
      if (given[asked] === undefined && operator === '?') throw new Error(rest);
      return given[asked] ?? rest ?? '';
    }),
  ]);
  return Object.fromEntries(entries);
}
