import { ArchiveFault } from './archive-fault.ts';

/** Far beyond any change that the service takes, and what the reading of an archive may hold of one at a time. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** The lines of what arrives, each ended by a line feed; those of a chunk at a time. Throws an ArchiveFault. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let begun: Buffer[] = [];
  let bytes = 0;
  let lines = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end >= 0) {
      const texts = decode(Buffer.concat([...begun, chunk.subarray(0, end)])).split('\n');
      lines += texts.length;
      yield texts;
      begun = [];
      bytes = 0;
    }
    const rest = chunk.subarray(end + 1);
    if (rest.length > 0) begun.push(rest);
    bytes += rest.length;
    if (bytes > MAX_LINE_BYTES) {
      throw new ArchiveFault(`line ${lines + 1}: is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB`);
    }
  }
  if (bytes > 0) throw new ArchiveFault(`line ${lines + 1}: is cut off`);

  function decode(buffer: Buffer): string {
    try {
      return decoder.decode(buffer);
    } catch {
      throw new ArchiveFault(`line ${lines + 1} or one soon after it: is not UTF-8`);
    }
  }
}

const LINE_FEED = 0x0a;
