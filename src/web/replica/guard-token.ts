import { connectionFailed, SyncError } from '../../client/errors.ts';

/** Asked before each request, so that a token may be renewed. */
export type TokenSource = () => string | Promise<string>;

/**
 * Lets no token of another person through to this one's replica, as when somebody else has signed in meanwhile: their
 * records would be stored among these. A token that cannot be had counts as no connection.
 */
export function guardToken(source: TokenSource, userId: string): TokenSource {
  return async () => {
    let token: string;
    try {
      token = await source();
    } catch (cause) {
      throw connectionFailed(cause);
    }
    const subject = subjectOf(token);
    if (subject !== null && subject !== userId) {
      throw new SyncError('the token is of another person', { code: 'token_of_another', status: 401 });
    }
    return token;
  };
}

/** Whose a JWT says that it is, which only the service can verify; null when it is none. */
export function subjectOf(token: string): string | null {
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}
