import { connect } from 'node:net';

/**
 * Sends bytes as they stand, a piece a packet, which no HTTP client would, and gives all that is answered until the
 * connection ends.
 */
export function sendRaw(url: string, pieces: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (more) => {
      text += more;
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      /ECONNRESET|EPIPE/.test(error.code ?? '') ? resolve(text) : reject(error),
    );
    socket.on('close', () => resolve(text));
    const write = (rest: string[]): void => {
      const [next, ...after] = rest;
      if (next === undefined) socket.end();
      else socket.write(next, 'latin1', () => setImmediate(write, after));
    };
    write(pieces);
  });
}
