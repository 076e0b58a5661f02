/** Finds the JSON value that a model meant as its answer, in text that may hold more than that. Safe on hostile text. */

/** Deeper JSON is refused before it is parsed: it wedges the embedded engine. */
export const MAX_DEPTH = 32;
/** How many opening braces of prose are tried before the search is given up. */
const MAX_STARTS = 50;

export type Found = { ok: true; value: unknown } | { ok: false; reason: 'none' | 'too_deep' };

/**
 * The first value that `wanted` accepts, among: the whole text, the first ```json block, each balanced object in the text.
 * When none is accepted, the first that parsed at all.
 */
export function findJson(text: string, wanted: (value: unknown) => boolean): Found {
  let first: Found = { ok: false, reason: 'none' };
  for (const candidate of candidates(withoutThinking(text))) {
    const parsed = parseJson(candidate);
    if (!parsed.ok && parsed.reason === 'too_deep') return parsed;
    if (!parsed.ok) continue;
    if (wanted(parsed.value)) return parsed;
    if (!first.ok) first = parsed;
  }
  return first;
}

/** Parses JSON of at most 32 levels; a `__proto__` key is dropped, since a later copy of the object would obey it. */
export function parseJson(text: string): Found {
  if (depthOf(text) > MAX_DEPTH) return { ok: false, reason: 'too_deep' };
  try {
    return { ok: true, value: JSON.parse(text, (key, value) => (key === '__proto__' ? undefined : value)) };
  } catch {
    return { ok: false, reason: 'none' };
  }
}

/** Reasoning models think aloud first; a draft in there is not the answer. Some templates leave the opening tag out. */
function withoutThinking(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return trimmed;
  const end = trimmed.indexOf('</think>');
  if (end >= 0) return trimmed.slice(end + '</think>'.length).trim();
  return trimmed.startsWith('<think>') ? '' : trimmed;
}

function* candidates(text: string): Generator<string> {
  if (text.startsWith('{') || text.startsWith('[')) yield text;
  const fenced = fencedBlock(text);
  if (fenced !== undefined) yield fenced;
  let from = 0;
  for (let starts = 0; starts < MAX_STARTS; starts++) {
    const start = text.indexOf('{', from);
    if (start < 0) return;
    const end = endOfObject(text, start);
    if (end > 0) yield text.slice(start, end);
    from = end > 0 ? end : start + 1;
  }
}

/** The content of the first ```json block. Plain searches: a regular expression would be quadratic on hostile text. */
function fencedBlock(text: string): string | undefined {
  const mark = text.search(/```json/i);
  const start = mark < 0 ? -1 : text.indexOf('\n', mark);
  const end = start < 0 ? -1 : text.indexOf('```', start);
  return end < 0 ? undefined : text.slice(start, end).trim();
}

/** The index after the brace that closes the one at `start`; 0 when none does. Gives up where it is too deep to be parsed. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  for (const { at, char } of structure(text, start)) {
    if (char === '{' && ++depth > MAX_DEPTH) return at + 1;
    if (char === '}' && --depth === 0) return at + 1;
  }
  return 0;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const { char } of structure(text, 0)) {
    if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else depth--;
  }
  return deepest;
}

/** The braces and brackets outside of strings. */
function* structure(text: string, start: number): Generator<{ at: number; char: string }> {
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') inString = !inString;
    else if (inString && char === '\\') at++;
    else if (!inString && (char === '{' || char === '}' || char === '[' || char === ']')) yield { at, char };
  }
}
