import type { Command } from 'commander';
import pc from 'picocolors';
import type { Check } from '../../doctor/check.ts';
import { examine } from '../../doctor/examine.ts';
import type { Run } from '../run-cli.ts';

/** `doctor`: is everything there that the service needs, and is it safe? Ends with 1 when something is not. */
export function addDoctorCommand(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('look whether all that the service needs is there and safe, and say how to mend what is not')
    .action(
      run(async (context) => {
        const checks = await examine(context.config, context.signal);
        context.checkInterrupt();
        for (const check of checks) context.print(check, describe(check));
        return checks.some(({ status }) => status === 'error') ? 1 : 0;
      }),
    );
}

function describe({ name, status, found, mend }: Check): string {
  const sign = { ok: pc.green('ok     '), warning: pc.yellow('warning'), error: pc.red('error  ') }[status];
  const line = `${sign}  ${name.padEnd(13)}  ${found}`;
  return mend === undefined ? line : `${line}\n${' '.repeat(24)}mend: ${mend}`;
}
