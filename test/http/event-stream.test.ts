// Who counts as a reader that does not read.
import { beforeEach, expect, test } from 'vitest';
import { eventStream, SLOW_READER_MS } from '../../src/http/event-stream.ts';
import type { LogStream } from '../../src/sync/follow-log.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let dropped: number;
let events: (Uint8Array | null)[];
let closed: number;

beforeEach(() => {
  clock = fakeClock();
  dropped = 0;
  closed = 0;
});

function open() {
  const stream: LogStream = {
    next: async () => events.shift() ?? null,
    close: () => {
      closed += 1;
    },
  };
  const body = eventStream(stream, {
    clock,
    mayGoOn: async () => true,
    onDropped: () => {
      dropped += 1;
    },
  });
  return body.getReader();
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a reader who is slow but steady gets a large event whole, however long it takes', async () => {
  const event = Buffer.alloc(1_000_000, 'x');
  events = [new Uint8Array(event), new TextEncoder().encode('the next')];
  const reader = open();
  await reader.read();
  let received = 0;
  while (received < event.byteLength) {
    const { value } = await reader.read();
    received += value?.byteLength ?? 0;
    clock.advance(SLOW_READER_MS - 1);
    await settled();
  }
  expect(received).toBe(event.byteLength);
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('the next');
  expect((await reader.read()).done).toBe(true);
  expect({ dropped, closed }).toEqual({ dropped: 0, closed: 1 });
});

test('a reader who takes nothing for 30 s is dropped in the middle of an event', async () => {
  events = [new Uint8Array(1_000_000)];
  const reader = open();
  await reader.read();
  await reader.read();
  await reader.read();
  clock.advance(SLOW_READER_MS);
  await expect(reader.read()).rejects.toThrow('did not read');
  expect({ dropped, closed }).toEqual({ dropped: 1, closed: 1 });
});
