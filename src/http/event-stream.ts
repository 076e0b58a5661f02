import type { Clock } from '../clock.ts';
import type { LogStream } from '../sync/follow-log.ts';

export interface EventStreamOptions {
  clock: Clock;
  /** Cuts the connection off, where it can be; otherwise the body ends with an error. */
  cut?: (() => void) | undefined;
  /** Asked every minute: false ends the stream. */
  mayGoOn(): Promise<boolean>;
  /** The reader did not read for SLOW_READER_MS. */
  onDropped(): void;
}

/** A reader who takes nothing for so long is dropped; it resumes from the last event that it has whole. */
export const SLOW_READER_MS = 30_000;

/** An event is handed over in slices, so that whoever reads slowly but steadily is not taken for one who does not read. */
const SLICE_BYTES = 16 * 1024;

/** How often it is asked whether the reader may still read. */
export const RECHECK_MS = 60_000;

const encoder = new TextEncoder();
/** What a client is to wait before it reconnects, unless it knows better. */
const RETRY = encoder.encode('retry: 2000\n\n');

/**
 * The body of a stream's response. The next event is read when the connection has taken the one before it, so a reader who
 * is slow costs one event of memory, and one who does not read at all is dropped.
 */
export function eventStream(stream: LogStream, { clock, cut, mayGoOn, onDropped }: EventStreamOptions): ReadableStream {
  let begun = false;
  let ended = false;
  /** What of the event is still to be handed over. */
  let rest: Uint8Array = new Uint8Array();
  let cancelDrop = () => {};
  let cancelCheck = () => {};

  function end(): void {
    ended = true;
    cancelDrop();
    cancelCheck();
    stream.close();
  }

  function scheduleCheck(): void {
    cancelCheck = clock.after(RECHECK_MS, async () => {
      // Nobody to ask, such as a database that is away, is no reason to cut a reader off.
      const goesOn = await mayGoOn().catch(() => true);
      if (ended) return;
      if (goesOn) scheduleCheck();
      else stream.close();
    });
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        cancelDrop();
        if (rest.byteLength === 0) {
          if (!begun) scheduleCheck();
          const event = begun ? await stream.next() : RETRY;
          begun = true;
          if (ended) return;
          if (event === null) {
            end();
            controller.close();
            return;
          }
          rest = event;
        }
        controller.enqueue(rest.subarray(0, SLICE_BYTES));
        rest = rest.subarray(SLICE_BYTES);
        cancelDrop = clock.after(SLOW_READER_MS, () => {
          end();
          onDropped();
          if (cut) cut();
          else controller.error(new Error('the reader did not read'));
        });
      },
      cancel: end,
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );
}
