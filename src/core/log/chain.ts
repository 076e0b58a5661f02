import { type CreateHash, type HashedChange, hashChange } from './hash-change.ts';

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
export function createChain(createHash: CreateHash): Chain {
  const whole = createHash();
  let part = startPart('');
  let first = 1;
  let last = 0;

  function startPart(link: string) {
    const hash = createHash();
    hash.update(encoder.encode(link));
    return hash;
  }

  function close(link: string | null, upTo: number): Break | null {
    const isRight = last === 0 ? link === '' : link === toHex(part.digest()) || link === toHex(whole.copy().digest());
    const broken = isRight && upTo === last ? null : { first, last: Math.max(first, upTo), isMissing: link === null };
    part = startPart(link ?? '');
    first = upTo + 1;
    return broken;
  }

  return {
    see(change) {
      const broken = change.link === null ? null : close(change.link, change.position - 1);
      const hash = hashChange(change, createHash);
      part.update(hash);
      whole.update(hash);
      last = change.position;
      return broken;
    },
    end: (link) => (last === 0 && link === null ? null : close(link, last)),
  };
}

const encoder = new TextEncoder();

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
