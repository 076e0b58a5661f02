import { readStored, writeStored } from '../state/stored.ts';

/** Who uses this browser, so that the page opens offline too. */
export interface StoredSession {
  userId: string;
  /** Null at a service without tokens. */
  token: string | null;
}

const NAME = 'session';

export function readSession(): StoredSession | null {
  try {
    const { userId, token } = JSON.parse(readStored(NAME) ?? 'null') as Partial<StoredSession>;
    return typeof userId === 'string' && (token === null || typeof token === 'string') ? { userId, token } : null;
  } catch {
    return null;
  }
}

export function writeSession(session: StoredSession | null): void {
  writeStored(NAME, session && JSON.stringify(session));
}

/** The token that an embedding page hands over as `#token=...`, which leaves the address at once. */
export function takeTokenOfAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
