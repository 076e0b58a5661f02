/**
 * What must not reach a model or a card unseen: control characters, bidi overrides, zero-width and filler characters,
 * variation selectors that can smuggle bytes, and the tag block. Joiners are kept where writing needs them: after an
 * emoji, an Arabic letter or a combining mark (Persian, the Indic scripts).
 */
const INVISIBLE = new RegExp(
  [
    '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad]', // controls, soft hyphen
    '[\\u061c\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]', // direction, zero width
    '\\u034f|[\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u3164\\uffa0]', // fillers
    '[\\ufe00-\\ufe0e]|(?<=\\ufe0f)\\ufe0f|[\\u{e0000}-\\u{e0fff}]', // variation selectors, tags
    '(?<![\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\p{M}\\p{Script=Arabic}])[\\u200c\\u200d]', // joiners
  ].join('|'),
  'gu',
);

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The text without invisible characters, with `\n` line ends and without lone surrogates. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|\u0085|[\u2028\u2029]/g, '\n')
    .replace(INVISIBLE, '')
    .replace(LONE_SURROGATE, '\ufffd');
}

/** True when Postgres can hold the text: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.search(LONE_SURROGATE) < 0;
}

/** The text with what Postgres cannot hold replaced by U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').replace(LONE_SURROGATE, '\ufffd');
}

/** `cleanText` and `cutText` in one, for text of any length: what is far over the limit is not even looked at. */
export function cleanCut(text: string, limit: number): string {
  const head = headOf(text, 4 * limit);
  const cleaned = cleanText(head);
  const unread = text.length - head.length;
  if (unread === 0) return cutText(cleaned, limit);
  const kept = headOf(cleaned, limit);
  return `${kept} [cut: ${cleaned.length - kept.length + unread} more characters]`;
}

/** At most `limit` UTF-16 units of the text, never half a code point, with a mark that says how much was cut. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = headOf(text, limit);
  return `${kept} [cut: ${text.length - kept.length} more characters]`;
}

/** At most `limit` UTF-16 units of the text, never half a code point, without a mark. */
export function headOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
