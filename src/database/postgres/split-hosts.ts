/**
 * The URLs, each of one host, that a Postgres URL of several hosts stands for, in its order; of one host: itself. (node-postgres
 * reads one host only: it refuses `a:1,b:2`, and takes `a,b` for a name.)
 */
export function splitHosts(url: string): string[] {
  const [, before = '', hosts = '', after = ''] = PARTS.exec(url) ?? [];
  return hosts.includes(',') ? hosts.split(',').map((host) => `${before}${host}${after}`) : [url];
}

/** Protocol with user and password; hosts; the rest. */
const PARTS = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/is;
