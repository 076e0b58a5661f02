// What an installation brings along, by the lock file alone: whose code, under which licence, and that none of it runs
// before the service does. (Known vulnerabilities need the registry: `npm audit --omit=dev`, a step of each release.)
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

interface Package {
  version: string;
  license?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
}
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const { dependencies, devDependencies } = JSON.parse(read('package.json'));
const everything = Object.entries(packages).filter(([path]) => path !== '');
const production = everything.filter(([, { dev }]) => !dev);

/** Licences that ask for no more than to be named. */
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', '(AFL-2.1 OR BSD-3-Clause)'];
/** Install scripts, each with the reason why nothing is lost where scripts are off (.npmrc of the image: --ignore-scripts). */
const INSTALL_SCRIPTS: Record<string, string> = {
  'node_modules/esbuild':
    'of tsx: only replaces its launcher by the binary, which is an optional dependency of its own',
};

const named = (found: [string, Package][]) => found.map(([path]) => path);

test('there is something to look at', () => {
  expect(production.length).toBeGreaterThan(Object.keys(dependencies).length);
  for (const name of Object.keys(dependencies)) expect(named(production)).toContain(`node_modules/${name}`);
});

test('every production dependency has a licence that is allowed', () => {
  expect(production.filter(([, { license }]) => !LICENCES.includes(license ?? 'none'))).toEqual([]);
});

test('no production dependency needs a script at its installation, and the image runs none', () => {
  expect(named(production.filter(([, { hasInstallScript }]) => hasInstallScript))).toEqual(
    Object.keys(INSTALL_SCRIPTS),
  );
  const installs = read('Dockerfile').match(/npm (ci|install|prune)[^&\n]*/g) ?? [];
  expect(installs.length).toBeGreaterThan(0);
  for (const install of installs) expect(install).toContain('--ignore-scripts');
});

test('everything comes from the registry, as it was when it was locked', () => {
  // The registry's own address stands in no entry (.npmrc: omit-lockfile-registry-resolved), so any address is another one.
  expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
  expect(named(everything.filter(([, { resolved, link }]) => resolved !== undefined || link))).toEqual([]);
  expect(named(everything.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')))).toEqual([]);
});

test('versions are exact', () => {
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
});
