import { parseArgs } from 'node:util';

export type Command =
  | {
      ok: true;
      mode: Mode;
      /** Names of what is to be run, in this mode. */
      chosen: string[];
      seed: number;
      /** Absent: as many as each wants. */
      rounds?: number;
      minutes?: number;
      isJson: boolean;
    }
  | { ok: false; message: string };
export type Mode = 'all' | 'smoke' | 'controls' | 'rewrite';

/** What is asked for on the command line, or a word on what is wrong with it. `known`: the names that there are in each mode. */
export function readCommand(args: string[], known: Record<Exclude<Mode, 'rewrite'>, readonly string[]>): Command {
  const parsed = parse(args);
  if (!parsed.ok) return parsed;
  const { values } = parsed;
  const mode = (['controls', 'smoke', 'rewrite'] as const).find((name) => values[name]) ?? 'all';
  const names = mode === 'rewrite' ? [] : known[mode];
  const unknown = values.scenario.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    return { ok: false, message: `there is no scenario ${unknown.join(', ')}; there are ${names.join(', ')}` };
  }
  const numbers: Partial<Record<'seed' | 'rounds' | 'minutes', number>> = {};
  for (const name of ['seed', 'rounds', 'minutes'] as const) {
    const text = values[name];
    if (text === undefined) continue;
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < 1) {
      return { ok: false, message: `--${name} ${text} is not a whole number of 1 or more` };
    }
    numbers[name] = number;
  }
  const { seed = 1 + Math.floor(Math.random() * 2 ** 31), ...bounds } = numbers;
  const chosen = names.filter((name) => values.scenario.length === 0 || values.scenario.includes(name));
  return { ok: true, mode, chosen, seed, ...bounds, isJson: values.json };
}

function parse(args: string[]) {
  const options = {
    scenario: { type: 'string', multiple: true, default: [] as string[] },
    seed: { type: 'string' },
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    controls: { type: 'boolean', default: false },
    rewrite: { type: 'boolean', default: false },
  } as const;
  try {
    return { ok: true as const, ...parseArgs({ args, options }) };
  } catch (error) {
    return { ok: false as const, message: (error as Error).message };
  }
}
