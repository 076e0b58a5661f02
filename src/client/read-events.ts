/** One event of an event stream. */
export interface ServerEvent {
  /** `message` unless it was named. */
  type: string;
  /** Its lines joined; '' for one that only moves the id (which a browser does not dispatch, but heeds). */
  data: string;
  /** The last id that was given, by this event or one before. */
  id: string | null;
  /** How long the server asks to wait before a reconnect, in milliseconds. */
  retryMs: number | null;
}

/**
 * Reads an event stream as https://html.spec.whatwg.org/multipage/server-sent-events.html says. What was begun and not
 * ended with an empty line is no event. Ends with the body, and throws what reading it throws.
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let event = emptyEvent(null);
  let isEmpty = true;
  for await (const line of readLines(chunks)) {
    if (line === '') {
      if (!isEmpty) yield { ...event, type: event.type || 'message', data: event.data.slice(0, -1) };
      event = emptyEvent(event.id);
      isEmpty = true;
      continue;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') event.data += `${value}\n`;
    else if (field === 'event') event.type = value;
    else if (field === 'id' && !value.includes('\0')) event.id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) event.retryMs = Number(value);
    // A comment, or a field that nobody knows.
    else continue;
    isEmpty = false;
  }
}

function emptyEvent(id: string | null): ServerEvent {
  return { type: '', data: '', id, retryMs: null };
}

/** The lines that have ended, by \r\n, \n or \r. */
async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  /** The beginning of a line, in parts: a long one that comes in many chunks is joined once. */
  let begun: string[] = [];
  let endedInReturn = false;
  for await (const chunk of chunks) {
    let text = decoder.decode(chunk, { stream: true });
    if (text === '') continue;
    // A \r at the end of a chunk has ended its line; the \n of the next chunk belongs to it.
    if (endedInReturn && text.startsWith('\n')) text = text.slice(1);
    endedInReturn = text.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    const rest = lines.pop() as string;
    for (const line of lines) {
      yield [...begun, line].join('');
      begun = [];
    }
    if (rest !== '') begun.push(rest);
  }
}
