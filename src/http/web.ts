import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { CLIENT_SECTIONS } from '../web/client-paths.ts';
import type { App, AppContext } from './app.ts';

/**
 * Nothing but files of this service: no inline script, no eval, no other origin. Whatever makes HTML or the address of a
 * script out of text must go through one of the three policies named.
 */
export const WEB_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html dompurify service-worker',
].join('; ');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** What a file may be sent as, the smallest first, by the name of the encoding in HTTP. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const;

interface WebFile {
  type: string;
  caching: string;
  /** The policy of what is opened or runs by itself; null: a part of the page, which the page's own policy covers. */
  policy: string | null;
  bodies: { encoding: string; bytes: Uint8Array<ArrayBuffer>; etag: string }[];
}

/**
 * Serves the built web client: its page at every path of the client, its files at theirs. Everything is read once and
 * kept (half a megabyte), so no path of a request ever becomes the path of a file. Throws when there is no build at `root`.
 */
export function webRoutes(app: App, root: string): void {
  const names = listFiles(root);
  const files = new Map(
    names.filter((name) => extname(name) in TYPES).map((name) => [name, readWebFile(root, name, names)]),
  );
  const page = files.get('index.html');
  if (!page) throw new Error(`there is no index.html in ${root}; build the web client with: npm run build`);

  for (const path of ['/', ...CLIENT_SECTIONS.map((section) => `/${section}/*`)]) {
    app.get(path, (c) => answer(c, page));
  }
  for (const [name, file] of files) app.get(`/${name}`, (c) => answer(c, file));
}

function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll(sep, '/').replace(/^\//, ''));
}

function readWebFile(root: string, name: string, names: string[]): WebFile {
  const variants = [
    ...ENCODINGS.filter(({ extension }) => names.includes(name + extension)),
    { name: 'identity', extension: '' },
  ];
  const isAsset = name.startsWith('assets/');
  return {
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    // The name of an asset changes with its content; everything else is asked for anew, and mostly not sent again.
    caching: isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
    // Said of each of twenty assets it would be a twentieth of what the first visit loads.
    policy: isAsset ? null : WEB_CSP,
    bodies: variants.map(({ name: encoding, extension }) => {
      const bytes = new Uint8Array(readFileSync(join(root, name + extension)));
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      return { encoding, bytes, etag };
    }),
  };
}

function answer(c: AppContext, { type, caching, policy, bodies }: WebFile): Response {
  c.set('route', 'web');
  const accepted = acceptedEncodings(c.req.header('accept-encoding'));
  const body = bodies.find(({ encoding }) => accepted.has(encoding)) ?? bodies.at(-1);
  if (!body) throw new Error('a file has at least itself as a body');
  const headers: Record<string, string> = {
    'Cache-Control': caching,
    ...(policy === null ? {} : { 'Content-Security-Policy': policy }),
    ETag: body.etag,
    Vary: 'Accept-Encoding',
  };
  if (matches(c.req.header('if-none-match'), body.etag)) return c.body(null, 304, headers);
  if (body.encoding !== 'identity') headers['Content-Encoding'] = body.encoding;
  headers['Content-Type'] = type;
  headers['Content-Length'] = String(body.bytes.byteLength);
  return c.body(body.bytes, 200, headers);
}

/** The names of the encodings that a reader takes; what it weighs with 0 it does not take. */
function acceptedEncodings(header = ''): Set<string> {
  const accepted = new Set<string>();
  for (const item of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    if (name && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) accepted.add(name);
  }
  return accepted;
}

/** Whether one of the given tags is this one; a proxy may have marked it as weak (`W/`). */
function matches(header: string | undefined, etag: string): boolean {
  const given = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return given.includes(etag) || given.includes('*');
}
