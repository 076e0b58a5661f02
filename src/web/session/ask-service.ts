import type { Json } from '../../core/json.ts';

/** What the service answers. `unreachable`: no answer came, or none of this service. */
export type Answer<T> =
  | { ok: true; body: T }
  | { ok: false; code: string; status: number; detail: string; errors: { path: string; message: string }[] };

/**
 * Asks the service for what only it can do, such as to plan now. What is on this device is asked of the replica, which
 * needs no network.
 */
export async function askService<T>(
  path: string,
  { method = 'GET', body, token }: { method?: 'GET' | 'POST' | 'PUT'; body?: Json; token: string | null },
): Promise<Answer<T>> {
  const headers = new Headers(body === undefined ? {} : { 'Content-Type': 'application/json' });
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  try {
    const response = await fetch(path, {
      ...{ method, headers, cache: 'no-store' as const },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = JSON.parse((await response.text()) || 'null');
    if (response.ok) return { ok: true, body: answer as T };
    const { code = 'unexpected_answer', detail = '', errors = [] } = answer ?? {};
    return { ok: false, code, status: response.status, detail, errors };
  } catch {
    return { ok: false, code: 'unreachable', status: 0, detail: '', errors: [] };
  }
}
