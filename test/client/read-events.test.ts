import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvents, type ServerEvent } from '../../src/client/read-events.ts';

async function* inChunks(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function eventsIn(text: string, sizes: number[] = []): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(inChunks(new TextEncoder().encode(text), sizes))) events.push(event);
  return events;
}

const event = (over: Partial<ServerEvent>): ServerEvent => ({
  type: 'message',
  data: '',
  id: null,
  retryMs: null,
  ...over,
});

describe('readEvents', () => {
  test.each<[string, string, Partial<ServerEvent>[]]>([
    ['an event', 'event: changes\nid: e.1\ndata: {"a":1}\n\n', [{ type: 'changes', id: 'e.1', data: '{"a":1}' }]],
    ['several lines of data', 'data: a\ndata:b\ndata\ndata:  c\n\n', [{ data: 'a\nb\n\n c' }]],
    [
      'an id that stays',
      'id: 1\ndata: a\n\ndata: b\n\n',
      [
        { id: '1', data: 'a' },
        { id: '1', data: 'b' },
      ],
    ],
    ['an id alone', ': heartbeat\nid: 2\n\n', [{ id: '2' }]],
    [
      'an empty id, which forgets the one before',
      'id: 1\ndata: a\n\nid\ndata: b\n\n',
      [
        { id: '1', data: 'a' },
        { id: '', data: 'b' },
      ],
    ],
    ['an id with NUL, which does not count', 'id: a\0b\ndata: x\n\n', [{ data: 'x' }]],
    ['a time to wait', 'retry: 2000\n\nretry: soon\n\n', [{ retryMs: 2_000 }]],
    ['comments and empty lines, which are nothing', ': heartbeat\n\n\n\n:\n\n', []],
    ['fields that nobody knows', 'cursor: 1\ndata: a\nDATA: b\n\n', [{ data: 'a' }]],
    ['\\r\\n and \\r', 'data: a\r\n\r\ndata: b\r\rdata: c\n\n', [{ data: 'a' }, { data: 'b' }, { data: 'c' }]],
    ['a byte order mark', '\ufeffdata: a\n\n', [{ data: 'a' }]],
    ['an event that has not ended', 'data: a\n\ndata: b\n', [{ data: 'a' }]],
    ['colons in the value', 'data: a: b:c\n\n', [{ data: 'a: b:c' }]],
    ['nothing', '', []],
  ])('%s', async (_, text, expected) => {
    const events = expected.map(event);
    expect(await eventsIn(text)).toEqual(events);
    for (const size of [1, 2, 3]) expect(await eventsIn(text, [size])).toEqual(events);
  });

  test('reads the same however the bytes are cut', async () => {
    const line = fc.oneof(
      fc.constantFrom('', '', 'data: 漢字😀', 'data: {"x":[1,2]}', ': hi', 'id: 7', 'event: changes', 'retry: 12'),
      fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll(/[\r\n]/g, '')),
    );
    const text = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
      .map((lines) => lines.map(([content, end]) => content + end).join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (written, sizes) => {
        expect(await eventsIn(written, sizes)).toEqual(await eventsIn(written));
      }),
      { numRuns: 300 },
    );
  });

  test('a long line in many chunks takes time in proportion', async () => {
    const text = `data: ${'x'.repeat(8_000_000)}\n\n`;
    expect((await eventsIn(text, [1_000]))[0]?.data.length).toBe(8_000_000);
  });
});
