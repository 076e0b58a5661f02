import type { Clock } from '../clock.ts';
import type { LogStream } from '../sync/follow-log.ts';

export interface EventStreamOptions {
  clock: Clock;
  /** Node's own response, to be written to directly; absent where there is none. */
  outgoing?: Outgoing | undefined;
  /** Asked every minute: false ends the stream. */
  mayGoOn(): Promise<boolean>;
  /** The reader did not read for SLOW_READER_MS. */
  onDropped(): void;
}

/** What of node:http's ServerResponse is used. */
export interface Outgoing {
  headersSent: boolean;
  write(bytes: Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
  /** Cuts the connection off, although its reader does not read. */
  destroy(): unknown;
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
 *
 * Node's response is written to past the body, which then only begins and ends it: through the body, each event of each
 * stream is three promises and two objects.
 */
export function eventStream(
  stream: LogStream,
  { clock, outgoing, mayGoOn, onDropped }: EventStreamOptions,
): ReadableStream {
  let begun = false;
  let ended = false;
  let cancelCheck = () => {};
  /** The reader has taken what was written. */
  let taken = () => {};

  function end(): void {
    ended = true;
    cancelCheck();
    taken();
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

  function drop(controller: ReadableStreamDefaultController): void {
    end();
    onDropped();
    if (outgoing) outgoing.destroy();
    else controller.error(new Error('the reader did not read'));
  }

  async function send(controller: ReadableStreamDefaultController): Promise<void> {
    // The head goes before: where it is still to come, so is everything else, the way of the body.
    const direct = outgoing?.headersSent ? outgoing : null;
    for (let event: Uint8Array | null = RETRY; event && !ended; event = await stream.next()) {
      for (let at = 0; at < event.byteLength && !ended; at += SLICE_BYTES) {
        const slice = event.byteLength <= SLICE_BYTES ? event : event.subarray(at, at + SLICE_BYTES);
        if (direct?.write(slice)) continue;
        const cancelDrop = clock.after(SLOW_READER_MS, () => drop(controller));
        await new Promise<void>((resolve) => {
          taken = resolve;
          if (direct) direct.once('drain', resolve);
          else controller.enqueue(slice);
        });
        cancelDrop();
      }
    }
    if (ended) return;
    end();
    controller.close();
  }

  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        taken();
        if (begun) return;
        begun = true;
        scheduleCheck();
        send(controller).catch((error) => {
          if (ended) return;
          end();
          controller.error(error);
        });
      },
      cancel: end,
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );
}
