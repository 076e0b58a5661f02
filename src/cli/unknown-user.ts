import type { Database } from '../database/database.ts';
import { listUsers } from '../log/list-users.ts';
import { CommandFault } from './command-fault.ts';
import { suggest } from './suggest.ts';

/** Says that a user has no log, and whose may have been meant. */
export async function unknownUser(db: Database, userId: string): Promise<CommandFault> {
  const known = await listUsers(db, 1_000);
  return new CommandFault(`there is no log of ${JSON.stringify(userId)}.${suggest(userId, known)}`);
}
