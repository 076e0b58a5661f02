import { parseArgs } from 'node:util';
import type { Bench } from './harness/bench.ts';

export type Command =
  | { ok: true; chosen: readonly Bench[]; rounds?: number; isJson: boolean; isSmoke: boolean }
  | { ok: false; message: string };

const LEAST_ROUNDS = 5;

/** What is asked for on the command line, or a word on what is wrong with it. */
export function readCommand(args: string[], benches: readonly Bench[]): Command {
  const parsed = parse(args);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed;
  const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    const known = benches.map(({ name }) => name).join(', ');
    return { ok: false, message: `there is no bench ${unknown.join(', ')}; there are ${known}` };
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= LEAST_ROUNDS)) {
    return { ok: false, message: `--rounds ${values.rounds} is not a whole number of ${LEAST_ROUNDS} or more` };
  }
  const isChosen = ({ name }: Bench) => positionals.length === 0 || positionals.includes(name);
  return {
    ok: true,
    chosen: values.rewrite ? [] : benches.filter(isChosen),
    ...(rounds === undefined ? {} : { rounds }),
    isJson: values.json,
    isSmoke: values.smoke,
  };
}

function parse(args: string[]) {
  const options = {
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    rewrite: { type: 'boolean', default: false },
  } as const;
  try {
    return { ok: true as const, ...parseArgs({ args, allowPositionals: true, options }) };
  } catch (error) {
    return { ok: false as const, message: (error as Error).message };
  }
}
