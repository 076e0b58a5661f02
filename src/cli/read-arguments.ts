import { InvalidArgumentError } from 'commander';
import { parseAddress, type RecordAddress } from '../core/log/record-address.ts';

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
