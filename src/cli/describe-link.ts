import type { LinkAt } from '../log/verify/check-chain.ts';

/** A link as `verify --expect` takes it: `12:3b1f...`. */
export function describeLink({ position, link }: LinkAt): string {
  return `${position}:${link}`;
}
