import type { Json } from '../core/json.ts';
import { MAX_BODY_BYTES, parseBoundedJson } from '../core/log/bounds.ts';
import { Problem } from './problem.ts';

/** Reads a JSON body within its bounds: media type, size (counted as it comes in), UTF-8, depth, text and numbers. Throws a Problem. */
export async function readJson(request: Request): Promise<Json> {
  if (!isJson(request.headers.get('content-type')) || !isPlain(request.headers.get('content-encoding'))) {
    throw new Problem(
      'unsupported_media_type',
      'send the body as it is, with the header Content-Type: application/json',
    );
  }
  const result = parseBoundedJson(decode(await readBytes(request)));
  if (result.ok) return result.value;
  throw new Problem(result.reason, result.message, { errors: [{ path: result.path, message: result.message }] });
}

function isJson(contentType: string | null): boolean {
  return /^\s*application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i.test(contentType ?? '');
}

function isPlain(contentEncoding: string | null): boolean {
  return contentEncoding === null || contentEncoding.trim().toLowerCase() === 'identity';
}

async function readBytes(request: Request): Promise<Uint8Array> {
  // The header is a hint that spares reading; only counting is proof.
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (reader) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw Object.assign(new Problem('body_incomplete', 'the body broke off before its end; send it again'), {
        cause,
      });
    });
    if (done) break;
    size += value.byteLength;
    if (size > MAX_BODY_BYTES) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(): Problem {
  // What is left of the body is not read, so nothing can follow it on this connection.
  const headers = { Connection: 'close' };
  return new Problem('body_too_large', `the body has more than ${MAX_BODY_BYTES} bytes (10 MB); send it in parts`, {
    headers,
  });
}

function decode(bytes: Uint8Array): string {
  try {
    // A byte order mark in front is dropped, as RFC 8259 (8.1) lets a reader of JSON do.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Problem('bad_text', 'the body is not valid UTF-8');
  }
}
