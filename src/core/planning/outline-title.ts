/** A stretch of a text, from the first character to the one after the last. */
export interface Span {
  from: number;
  to: number;
}

/** The text without the stretches, and without what they leave dangling; the whole text when no words would remain. */
export function cutOut(text: string, spans: Span[]): string {
  let rest = text;
  for (const { from, to } of [...spans].sort((a, b) => b.from - a.from)) {
    rest = `${withoutDangling(rest.slice(0, from))} ${rest.slice(to).trimStart()}`;
  }
  const title = rest
    .replace(/[([{]\s*[)\]}]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s,;:.–—|-]+/, '')
    .replace(/[\s,;:–—|@([{-]+$/, '')
    .replace(/\s+([,;:.!?)\]])/g, '$1');
  if (!/[\p{L}\p{N}]/u.test(title)) return text;
  const wasCapital = /^\p{Lu}/u.test(text);
  return wasCapital ? title.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()) : title;
}

/** Longest first: each is tried at the end of what stands before the date. */
const DANGLING =
  /(?<![\p{L}\p{N}])(?:(?:by|on|at|until|till|before|due|for|from|within)(?:\s+the)?|bis(?:\s+(?:zum|am))?|fällig|spätestens|am|um|zum|vom|von|ab|vor|den|gegen)\s*[:,]?\s*$|(?<![\p{L}\p{N}])(?:Mo|Di|Mi|Do|Fr|Sa|So|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[.,]+\s*$|@\s*$/iu;

function withoutDangling(before: string): string {
  let kept = before.trimEnd();
  for (let next = kept.replace(DANGLING, ''); next !== kept; next = kept.replace(DANGLING, '')) kept = next.trimEnd();
  return kept;
}
