import type { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import { pino } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { type Config, readConfig, SINGLE_USER, usesTokens } from '../config.ts';
import { type Database, operatorSession } from '../database/database.ts';
import { listUsers } from '../log/list-users.ts';
import { readHead } from '../log/read-head.ts';
import { CommandFault, INTERRUPTED } from './command-fault.ts';
import { forTerminal } from './for-terminal.ts';
import { unknownUser } from './unknown-user.ts';

/** The world of the command line: what a test puts in the place of the process. */
export interface CliWorld {
  env: Record<string, string | undefined>;
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** What every command has, beside its own arguments. */
export interface CommandContext {
  config: Config;
  clock: Clock;
  signal: AbortSignal;
  /** For a result that is no text; all others are printed. */
  stdout: Writable;
  /** The configured database, opened when it is first asked for, and closed after the command. */
  database(): Promise<Database>;
  /** Whose log: `--user`, or the one user of a service without tokens. Throws a CommandFault when it is neither. */
  user(): string;
  /** The same, where the log must be there already; that of the one user may still be empty. */
  knownUser(): Promise<string>;
  /** The user of `--user`, where nobody is to be meant by default. Throws a CommandFault when it is not given. */
  namedUser(): string;
  /** Those whose logs a command over all of them is for: the one of `--user`, or everybody. Throws for one who has none. */
  users(): Promise<string[]>;
  /** One result: as one line of JSON under `--json`, else as `text` for a person. */
  print(result: unknown, text: string): void;
  /** What a person should know beside the results: on stderr. */
  note(text: string): void;
  /** Long work, on a terminal: a bar that grows to `total`. `add(n)` moves it; `end()` takes it away. */
  progress(total: number, unit: string): { add(done: number): void; end(): void };
  /** Throws when the person pressed Ctrl-C: to be called where stopping leaves nothing half done. */
  checkInterrupt(): void;
}

export interface GlobalOptions {
  json?: boolean;
  user?: string;
}

const ONE_AT_A_TIME =
  'The embedded database serves one process at a time: stop the service for this command, or ask the service itself where it has a route for it (/docs).';

/** Users asked for at a time. */
const USERS_PAGE = 1_000;

export function createContext(
  { env, stdout, stderr, signal }: CliWorld,
  options: GlobalOptions,
): CommandContext & { close(): Promise<void> } {
  const read = readConfig(env);
  if (!read.ok)
    throw new CommandFault(`the configuration is wrong:\n${read.problems.map((p) => `  - ${p}`).join('\n')}`, 2);
  const { config } = read;
  if (options.user === '') throw new CommandFault('--user is empty; name the user whose log it is', 2);
  let opened: Promise<Database> | null = null;

  const context: CommandContext = {
    config,
    clock: systemClock,
    signal,
    stdout,
    database() {
      opened ??= open(config, stderr);
      return opened;
    },
    user() {
      if (options.user !== undefined) return options.user;
      if (usesTokens(config)) throw new CommandFault('this service has many users: say whose log with --user', 2);
      return SINGLE_USER;
    },
    async knownUser() {
      const userId = context.user();
      const db = await context.database();
      if (userId === SINGLE_USER || (await readHead(db, operatorSession(userId))) > 0) return userId;
      throw await unknownUser(db, userId);
    },
    namedUser() {
      if (options.user === undefined) throw new CommandFault('say whose log it is with --user', 2);
      return options.user;
    },
    async users() {
      const db = await context.database();
      const known = await listUsers(db, USERS_PAGE);
      if (options.user === undefined) return known;
      if (!known.includes(options.user)) throw await unknownUser(db, options.user);
      return [options.user];
    },
    print(result, text) {
      stdout.write(`${options.json ? JSON.stringify(result) : forTerminal(text)}\n`);
    },
    note(text) {
      stderr.write(`${forTerminal(text)}\n`);
    },
    progress(total, unit) {
      if (options.json || !stderr.isTTY || total === 0) return { add() {}, end() {} };
      const bar = new cliProgress.SingleBar({
        format: `{bar} {percentage}% {value} of {total} ${unit}, {eta_formatted} to go`,
        stream: stderr,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
      });
      bar.start(total, 0);
      return { add: (done) => bar.increment(done), end: () => bar.stop() };
    },
    checkInterrupt() {
      if (signal.aborted) throw new CommandFault('interrupted; give the command again to go on', INTERRUPTED);
    },
  };
  return {
    ...context,
    async close() {
      const database = await opened?.catch(() => null);
      await database?.close();
    },
  };
}

async function open(config: Config, stderr: Writable): Promise<Database> {
  // What the database tells of itself while it is opened is for the person, not for a log.
  const log = pino({ level: 'warn' }, { write: (line: string) => void stderr.write(`${JSON.parse(line).msg}\n`) });
  const { openDatabase } = await import('../database/open-database.ts');
  return openDatabase(config, log).catch((error) => {
    if (error instanceof Error && error.name === 'StoreLockedError')
      throw new CommandFault(`${error.message}. ${ONE_AT_A_TIME}`);
    throw error;
  });
}
