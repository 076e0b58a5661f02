import { formatAddress, type RecordAddress } from '../core/log/record-address.ts';
import type { Transaction } from '../database/database.ts';
import { type Moment, readMoment } from '../log/past/read-moment.ts';
import { readCollections, readIds } from '../log/read-ids.ts';
import { CommandFault } from './command-fault.ts';
import { suggest } from './suggest.ts';

/** The fault for a record that there is not, with what was probably meant. `when`: ` at position 5`, or ''. */
export async function noSuchRecord(tx: Transaction, address: RecordAddress, when = ''): Promise<CommandFault> {
  const { appId, table, id } = address;
  const ids = await readIds(tx, appId, table);
  const hint =
    ids.length > 0
      ? suggest(
          id,
          ids.filter((known) => known !== id),
        ).replaceAll(/(mean | or )/g, `$1${appId}/${table}/`)
      : suggest(`${appId}/${table}`, await readCollections(tx));
  return new CommandFault(`there is no record ${formatAddress(address)}${when}.${hint}`);
}

/** The moment that an option names; `fallback` when it was not given. Throws a CommandFault that names the option. */
export async function findMoment(
  tx: Transaction,
  option: string,
  text: string,
): Promise<Extract<Moment, { ok: true }>> {
  const moment = await readMoment(tx, text);
  if (moment.ok) return moment;
  throw new CommandFault(`${option} ${text} ${moment.message}`, moment.reason === 'unreadable' ? 2 : 1);
}
