import { clip, nameOf, textOf } from '../../../core/modules/reading.ts';
import type { RecordRow } from '../../replica/database.ts';

export interface ShownNote {
  record: RecordRow;
  title: string;
  contentMarkdown: string;
  /** How the text begins, without the marks of Markdown. */
  excerpt: string;
}

/** What is looked at of a text for its excerpt, and how long that is. */
const HEAD = 600;
const EXCERPT = 160;

/** A note's record as it is shown, whatever another client wrote into it. */
export function readNote(record: RecordRow): ShownNote {
  const contentMarkdown = textOf(record, 'contentMarkdown') ?? '';
  return { record, title: nameOf(record, 'title'), contentMarkdown, excerpt: excerptOf(contentMarkdown) };
}

function excerptOf(markdown: string): string {
  const plain = markdown
    .slice(0, HEAD)
    .replace(/^\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+(?:\[[ xX]\]\s+)?/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`~]+/g, '')
    .replace(/\s+/g, ' ');
  return clip(plain.trim(), EXCERPT);
}
