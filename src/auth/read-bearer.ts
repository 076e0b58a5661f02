export type Bearer = { ok: true; token: string } | { ok: false; detail: string };

/** The token of an Authorization header; null when the header bears none, be it absent or of another scheme. */
export function readBearer(header: string | null): Bearer | null {
  const [, credentials] = /^bearer(?:\s+(.*))?$/is.exec(header?.trim() ?? '') ?? [null, null];
  if (credentials === null) return null;
  // Two headers arrive joined by a comma, which no token holds.
  if (credentials !== undefined && /^[A-Za-z0-9._~+/-]+=*$/.test(credentials)) return { ok: true, token: credentials };
  return { ok: false, detail: 'the header must be Authorization: Bearer <token>, with exactly one token' };
}
