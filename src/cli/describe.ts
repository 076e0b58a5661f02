import type { Json } from '../core/json.ts';
import { clip, oneLine } from '../core/modules/reading.ts';
import { cleanText } from '../core/text.ts';

/** A value in one line: as JSON, in which nothing can move the cursor of a terminal, cut where it is long. */
export function describeValue(value: unknown, max = 120): string {
  return clip(JSON.stringify((value ?? null) as Json), max);
}

/** A person's or a model's words in one line, without what a terminal would obey. */
export function describeText(text: string, max = 300): string {
  return oneLine(cleanText(text), max);
}

/** Lines of a name and a value, the values below one another. */
export function describePairs(pairs: [string, string][], indent: string): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`);
}
