/**
 * Text for a terminal: what people and models wrote is in it, so of control characters only line ends, tabs and our own
 * colours go through. Others are shown as the code of their character; else a title could clear the screen, or lie.
 */
export function forTerminal(text: string): string {
  return text.replace(CONTROLS, (match) =>
    COLOUR.test(match) ? match : `\\x${match.charCodeAt(0).toString(16).padStart(2, '0')}${match.slice(1)}`,
  );
}

const COLOUR = new RegExp(`^${'\u001b'}\\[\\d{1,3}m$`);
/** A colour as a whole, or any one control character: C0 but tab and line feed, delete, C1, and what turns the writing round. */
const CONTROLS = new RegExp(
  `${'\u001b'}\\[\\d{1,3}m|[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]`,
  'g',
);
