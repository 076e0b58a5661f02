import { listUsers } from '../log/list-users.ts';
import type { CommandContext } from './context.ts';
import { unknownUser } from './unknown-user.ts';

/** Those whose logs a command over all of them is for. Throws a CommandFault when `--user` names somebody without a log. */
export async function knownUsers(context: CommandContext): Promise<string[]> {
  const db = await context.database();
  const known = new Set(await listUsers(db, 1_000));
  const users = await context.users();
  for (const user of users) if (!known.has(user)) throw await unknownUser(db, user);
  return users;
}
