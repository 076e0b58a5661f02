import { cleanText } from '../text.ts';

/** A line of the concept that may become a step. */
export interface OutlineItem {
  /** Counted from 1. */
  line: number;
  kind: 'open' | 'checked' | 'plain';
  /** The words, without list marker and inline markup. */
  text: string;
}

/** Longer lines are cut: a title holds 500 characters, and a line bounds what its parsing may cost. */
const MAX_LINE_LENGTH = 1_000;

/** The checklist items and the plain lines of a markdown text, in order, without headings, tables and code blocks. */
export function outlineItems(markdown: string): OutlineItem[] {
  const items: OutlineItem[] = [];
  let fence: string | null = null;
  for (const [index, raw] of markdown.split(/\r\n|\r|\n/).entries()) {
    const line = raw.slice(0, MAX_LINE_LENGTH);
    const marks = /^[\s>]*(?:[-*+]\s+)?(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence !== null) {
      if (marks !== null && marks[1]!.startsWith(fence) && marks[2]!.trim() === '') fence = null;
    } else if (marks !== null && !(marks[1]!.startsWith('`') && marks[2]!.includes('`'))) {
      fence = marks[1]!;
    } else {
      const item = readLine(line, index + 1);
      if (item !== null) items.push(item);
    }
  }
  return items;
}

function readLine(line: string, number: number): OutlineItem | null {
  const content = line.replace(/^[\s>]+/, '');
  if (/^(?:#{1,6}(?:\s|$)|\|)/.test(content)) return null;
  const unlisted = content.replace(/^(?:[-*+]|\d{1,9}[.)])\s+/, '');
  // Some tools write other marks than x (`[-]`, `[/]`): such an item is not open either.
  const box = unlisted === content ? null : /^\[(.)\](?:\s+(.*))?$/u.exec(unlisted);
  const text = stripInlineMarkup(box === null ? unlisted : (box[2] ?? ''));
  if (!/[\p{L}\p{N}]/u.test(text)) return null;
  return { line: number, kind: box === null ? 'plain' : box[1] === ' ' ? 'open' : 'checked', text };
}

function stripInlineMarkup(text: string): string {
  return cleanText(text)
    .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/\[\[([^[\]|]*\|)?([^[\]]*)\]\]/g, '$2')
    .replace(/<(https?:[^<>\s]*)>/g, '$1')
    .replace(/`+/g, '')
    .replace(/(?:\*\*|__|~~)(?=\S)|(?<=\S)(?:\*\*|__|~~)/g, '')
    .replace(/(?<![\p{L}\p{N}\\])([*_])(?=\S)([^*_]*)(?<=[^\s\\])\1(?![\p{L}\p{N}])/gu, '$2')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}
