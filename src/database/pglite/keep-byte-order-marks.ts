/**
 * Has PGlite's client give every text whole. It reads each column with a `TextDecoder` of its own making, which takes a
 * leading U+FEFF for a byte order mark and drops it: `verify` then called a log broken that was as it had been written.
 * For the thread that the engine is opened in; the service's engine has one of its own.
 */
export function keepByteOrderMarks(): void {
  if (globalThis.TextDecoder !== WholeTextDecoder) globalThis.TextDecoder = WholeTextDecoder;
}

class WholeTextDecoder extends TextDecoder {
  constructor(label?: string, options?: ConstructorParameters<typeof TextDecoder>[1]) {
    super(label, { ignoreBOM: true, ...options });
  }
}
