import { Command, CommanderError } from 'commander';
import { CommandFault, type ExitCode } from './command-fault.ts';
import { addBlameCommand } from './commands/blame.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEraseCommand } from './commands/erase.ts';
import { addExportCommand } from './commands/export.ts';
import { addImportCommand } from './commands/import.ts';
import { addLogCommand } from './commands/log.ts';
import { addRebuildCommand } from './commands/rebuild.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addShowCommand } from './commands/show.ts';
import { addUndoCommand } from './commands/undo.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { type CliWorld, type CommandContext, createContext, type GlobalOptions } from './context.ts';
import { forTerminal } from './for-terminal.ts';

/** Adds a command to the program; `run` gives its action the context and sees to its end. */
export type AddCommand = (program: Command, run: Run) => void;
export type Run = <Args extends unknown[]>(
  act: (context: CommandContext, ...args: Args) => Promise<ExitCode>,
) => (...args: Args) => Promise<void>;

const COMMANDS: AddCommand[] = [
  addShowCommand,
  addDiffCommand,
  addBlameCommand,
  addUndoCommand,
  addLogCommand,
  addRebuildCommand,
  addVerifyCommand,
  addExportCommand,
  addImportCommand,
  addEraseCommand,
  addReplayCommand,
  addDoctorCommand,
];

/** Runs one command line, such as `['verify', '--user', 'ada']`, to its exit code; see ExitCode. */
export async function runCli(args: string[], world: CliWorld): Promise<ExitCode> {
  const program = createProgram(world);
  let exitCode: ExitCode = 0;
  const run: Run =
    (act) =>
    async (...given) => {
      const context = createContext(world, program.opts<GlobalOptions>());
      try {
        exitCode = await act(context, ...given);
      } finally {
        await context.close();
      }
    };
  for (const add of COMMANDS) add(program, run);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { message, code } = explain(error);
    world.stderr.write(`pg-missions: ${forTerminal(message)}\n`);
    return code;
  }
}

function createProgram({ stdout, stderr }: CliWorld): Command {
  return new Command('pg-missions')
    .description('The log of a pg-missions service at work: prove, look back, explain, take back, carry away.')
    .option('--user <id>', 'whose log; without tokens there is one user, and this is not needed')
    .option('--json', 'print results as JSON, one to a line')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .showHelpAfterError('(--help says what there is)')
    .showSuggestionAfterError()
    .exitOverride();
}

/** The message for a person, and below it that of each cause. */
function explain(error: unknown): { message: string; code: ExitCode } {
  if (error instanceof CommandFault) return { message: error.message, code: error.exitCode };
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    lines.push(at.message || ('code' in at ? String(at.code) : at.name));
  }
  return { message: lines.join('\n  because: ') || String(error), code: 1 };
}
