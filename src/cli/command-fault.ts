/** What a command could not do, in words for the person who gave it. Its message is all that is printed. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * 0: done. 1: not done, or done and something was found (an unknown id, a violation, a refused archive). 2: used wrongly
 * (arguments, configuration). 130: interrupted; what was begun can be begun again.
 * Beside these, 141 as of SIGPIPE: nobody reads the output any more (see main.ts).
 */
export type ExitCode = 0 | 1 | 2 | 130;

export const INTERRUPTED = 130;
