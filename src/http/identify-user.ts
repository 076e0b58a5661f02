import type { AppDeps } from './app.ts';
import { Problem } from './problem.ts';

/** The user whose request it is, counted against that user's rate. Throws the Problem that says why it is nobody's. */
export async function identifyUser(
  request: Request,
  { authenticate, rateLimit }: Pick<AppDeps, 'authenticate' | 'rateLimit'>,
): Promise<string> {
  const userId = await authenticate(request);
  if (!userId) {
    throw new Problem('unauthenticated', 'say who you are: send the header Authorization: Bearer <token>', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
  if (typeof userId !== 'string') {
    const { reason, detail, cause } = userId;
    if (reason === 'invalid_token') {
      throw new Problem('unauthenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } });
    }
    throw Object.assign(new Problem('auth_unavailable', detail, { headers: { 'Retry-After': '5' } }), { cause });
  }
  const waitSeconds = rateLimit?.take(userId) ?? null;
  if (waitSeconds !== null) {
    throw new Problem('rate_limited', `too many requests; the next one is answered in ${waitSeconds} s`, {
      headers: { 'Retry-After': String(waitSeconds) },
    });
  }
  return userId;
}
