import type { Json } from '../json.ts';

/** JSON nested deeper than this wedges the embedded engine (measured: 7,000 levels, 14 KB, spin for ever). */
export const MAX_DEPTH = 32;

/** Bodies over this many bytes are refused. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

export type JsonFault = { reason: 'malformed_json' | 'too_deep' | 'bad_text' | 'bad_number'; path: string; message: string };
export type JsonResult = { ok: true; value: Json } | ({ ok: false } & JsonFault);

/** Parses JSON that came from outside: depth is bounded before parsing, text and numbers must be what Postgres can hold. */
export function parseBoundedJson(text: string): JsonResult {
  if (depthOf(text) > MAX_DEPTH) {
    return { ok: false, reason: 'too_deep', path: '', message: `JSON is nested more than ${MAX_DEPTH} levels deep` };
  }
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'malformed_json', path: '', message: 'the body is not valid JSON' };
  }
  const fault = findFault(value, '');
  return fault ? { ok: false, ...fault } : { ok: true, value };
}

/** The first text or number in a value that Postgres could not hold as it is, or null. */
export function findFault(value: Json, path: string): JsonFault | null {
  if (typeof value === 'string') return isHoldable(value) ? null : badText(path);
  if (typeof value === 'number') {
    // From 1e21 on a double is written with an exponent: nobody means its last digit.
    const exact = !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21;
    if (Number.isFinite(value) && exact) return null;
    return { reason: 'bad_number', path, message: `${path || 'the body'}: a number that a double cannot hold exactly` };
  }
  if (value === null || typeof value !== 'object') return null;
  for (const [key, item] of Object.entries(value)) {
    const itemPath = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    if (!isHoldable(key)) return badText(path);
    const fault = findFault(item, itemPath);
    if (fault) return fault;
  }
  return null;
}

/** Whether Postgres can hold the text: no NUL, no lone surrogate. */
export function isHoldable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function badText(path: string): JsonFault {
  return { reason: 'bad_text', path, message: `${path || 'the body'}: holds a NUL character or half of a surrogate pair` };
}

/** The greatest nesting of brackets outside strings; malformed text gets an answer too, JSON.parse judges it later. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === 0x5c) i++;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return deepest;
}
