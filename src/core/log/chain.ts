import { type Hash, type HashedChange, hashChange, type Sha256 } from './hash-change.ts';

/** A change with the link that it bears: what the log before it hashes to, where it is the first of its statement. */
export type LinkedChange = HashedChange & { link: string | null };

/** Changes of which at least one, or the link after the last, is not what was appended. */
export interface Break {
  first: number;
  last: number;
  /** Told apart for the person who looks: no link at all, or another. */
  isMissing: boolean;
}

export interface Chain {
  /** The next change of the log; says so where what came before it is not what it is linked to. */
  see(change: LinkedChange): Break | null;
  /** After the last change: the link that is kept of the whole log, null where there is none. */
  end(link: string | null): Break | null;
}

/**
 * Recomputes the links of a log from its changes, in the order of positions. After a break it goes on from the link that
 * is there, so that what was changed elsewhere is found as well.
 *
 * A link is either chained, made of the link before it and what came between, or made anew of all changes since the first
 * (db/policies/start_chains.sql). Either way it stands for every byte before it.
 */
export function createChain(sha256: Sha256): Chain {
  const whole = startPart('');
  let part = startPart('');
  let first = 1;
  let last = 0;

  function startPart(link: string): Part {
    return { bytes: [encoder.encode(link)], hash: null };
  }

  /** Most statements are of a change or two: hashed in one go, which takes a third of what a hash in the making takes. */
  function addTo(held: Part, hash: Uint8Array): void {
    held.bytes.push(hash);
    if (held.bytes.length < MOST_HELD) return;
    held.hash ??= sha256.start();
    held.hash.update(joined(held.bytes));
    held.bytes = [];
  }

  function digestOf({ bytes, hash }: Part): string {
    if (hash === null) return toHex(sha256.of(joined(bytes)));
    const end = hash.copy();
    end.update(joined(bytes));
    return toHex(end.digest());
  }

  function close(link: string | null, upTo: number): Break | null {
    const isRight = last === 0 ? link === '' : link === digestOf(part) || link === digestOf(whole);
    const broken = isRight && upTo === last ? null : { first, last: Math.max(first, upTo), isMissing: link === null };
    part = startPart(link ?? '');
    first = upTo + 1;
    return broken;
  }

  return {
    see(change) {
      const broken = change.link === null ? null : close(change.link, change.position - 1);
      const hash = hashChange(change, sha256);
      addTo(part, hash);
      addTo(whole, hash);
      last = change.position;
      return broken;
    },
    end: (link) => (last === 0 && link === null ? null : close(link, last)),
  };
}

/** The bytes that a link is made of: those that are hashed already, and the rest. */
interface Part {
  bytes: Uint8Array[];
  hash: Hash | null;
}

const MOST_HELD = 1_000;
const encoder = new TextEncoder();

function joined(pieces: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    bytes.set(piece, end);
    end += piece.length;
  }
  return bytes;
}

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
