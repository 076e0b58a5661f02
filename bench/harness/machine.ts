import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

/** Where figures were measured: they mean nothing without it. */
export interface Machine {
  cpus: string;
  memory: string;
  system: string;
  date: string;
  versions: Record<string, string>;
}

/** `postgres`: its version, if one took part. */
export function describeMachine(postgres: string | undefined, packages: string[]): Machine {
  const cores = cpus();
  return {
    cpus: `${cores.length} x ${cores[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    date: new Date().toISOString().slice(0, 10),
    versions: {
      node: process.versions.node,
      ...(postgres === undefined ? {} : { postgres }),
      ...Object.fromEntries(packages.map((name) => [name, installedVersion(name)])),
    },
  };
}

function installedVersion(name: string): string {
  const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
