import { InvalidArgumentError } from 'commander';
import { parseAddress, type RecordAddress } from '../core/log/record-address.ts';
import type { LinkAt } from '../log/verify/check-chain.ts';

/** A count from 1 on. */
export function readCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return count;
}

/** A record, as `appId/table/id`. */
export function readAddress(text: string): RecordAddress {
  const address = parseAddress(text);
  if (!address) throw new InvalidArgumentError('It must be appId/table/id, such as todo/tasks/t1.');
  return address;
}

/** A link with its position, as `12:3b1f...`. */
export function readLink(text: string): LinkAt {
  const [, position, link] = /^([1-9]\d{0,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!position || !link)
    throw new InvalidArgumentError('It must be as verify prints it: a position, a colon, 64 digits.');
  return { position: Number(position), link };
}
