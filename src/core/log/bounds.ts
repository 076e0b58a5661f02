import type { Json } from '../json.ts';
import { isStorable } from '../text.ts';

/** JSON nested deeper than this wedges the embedded engine (measured: 7,000 levels, 14 KB, spin for ever). */
export const MAX_DEPTH = 32;

/** Bodies over this many bytes are refused. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

export type JsonFault = {
  reason: 'malformed_json' | 'too_deep' | 'bad_text' | 'bad_number';
  path: string;
  message: string;
};
export type JsonResult = { ok: true; value: Json } | ({ ok: false } & JsonFault);

/** Parses JSON that came from outside: depth is bounded before parsing, text and numbers must be what Postgres can hold. */
export function parseBoundedJson(text: string): JsonResult {
  if (depthOf(text) > MAX_DEPTH) return { ok: false, ...tooDeep('') };
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'malformed_json', path: '', message: 'the body is not valid JSON' };
  }
  const fault = findFault(value, '');
  return fault ? { ok: false, ...fault } : { ok: true, value };
}

/**
 * The first text or number in a value that Postgres could not hold as it is, or null. A value nested more than MAX_DEPTH
 * levels deep is a fault too, and the walk ends there: it needs no more stack than that, whatever it is given.
 */
export function findFault(value: Json, path: string): JsonFault | null {
  return faultWithin(value, path, MAX_DEPTH);
}

function faultWithin(value: Json, path: string, levelsLeft: number): JsonFault | null {
  if (typeof value === 'string') return isStorable(value) ? null : badText(path);
  if (typeof value === 'number') return isExact(value) ? null : badNumber(path);
  if (value === null || typeof value !== 'object') return null;
  if (levelsLeft === 0) return tooDeep(path);
  for (const [key, item] of Object.entries(value)) {
    if (!isStorable(key)) return badText(path);
    // Dots all the way, as in every other path that this service names: inputs.0.id
    const itemPath = path ? `${path}.${key}` : key;
    const fault = faultWithin(item, itemPath, levelsLeft - 1);
    if (fault) return fault;
  }
  return null;
}

/** Whether the number as written is the number as held; of an integer that may have lost its last digit, nobody can say. */
function isExact(value: number): boolean {
  if (!Number.isFinite(value)) return false;
  // From 1e21 on a double is written with an exponent: nobody means its last digit.
  return !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21;
}

function tooDeep(path: string): JsonFault {
  return { reason: 'too_deep', path, message: `${path || 'the body'}: is nested more than ${MAX_DEPTH} levels deep` };
}

function badNumber(path: string): JsonFault {
  return { reason: 'bad_number', path, message: `${path || 'the body'}: a number that a double cannot hold exactly` };
}

function badText(path: string): JsonFault {
  return {
    reason: 'bad_text',
    path,
    message: `${path || 'the body'}: holds a NUL character or half of a surrogate pair`,
  };
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
