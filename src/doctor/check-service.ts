import type { Config } from '../config.ts';
import { fetchOutbound } from '../outbound/fetch-outbound.ts';
import { type Check, error, ok, warning } from './check.ts';

/** The service itself, where this configuration would start it: running or not, and whether it hears what is written. */
export async function checkService({ HOST, PORT }: Config): Promise<Check[]> {
  const any = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
  const url = `http://${any.includes(':') ? `[${any}]` : any}:${PORT}`;
  let response: Response;
  try {
    response = await fetchOutbound(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  } catch {
    return [warning('service', `none answers at ${url}: nothing is planned there`, 'start it: npm start')];
  }
  const body = (await response.json().catch(() => null)) as {
    status?: unknown;
    checks?: Record<string, boolean>;
  } | null;
  if (typeof body?.status !== 'string') {
    return [error('service', `something else answers at ${url}`, 'stop it, or set PORT to another one')];
  }
  const missing = Object.entries(body.checks ?? {}).filter(([, holds]) => !holds);
  if (missing.length === 0) return [ok('service', `runs at ${url}, and its listener is alive`)];
  return [
    error(
      'service',
      `runs at ${url}, but without: ${missing.map(([name]) => name).join(', ')}`,
      'its log says why; it tries again by itself',
    ),
  ];
}
