import { parseArgs } from 'node:util';

/**
 * The options of a bench: `--json`, and whole numbers with what they are unless given. Ends the process with a word on
 * what is wrong.
 */
export function readOptions<Name extends string>(
  defaults: Record<Name, number>,
): Record<Name, number> & { json: boolean } {
  const names = Object.keys(defaults) as Name[];
  const values = parse({
    json: { type: 'boolean', default: false },
    ...Object.fromEntries(names.map((name) => [name, { type: 'string', default: String(defaults[name]) }] as const)),
  });
  const numbers = names.map((name) => [name, wholeNumber(`--${name}`, String(values[name]))]);
  return { ...(Object.fromEntries(numbers) as Record<Name, number>), json: values.json === true };
}

function parse(options: Record<string, { type: 'boolean' | 'string'; default: boolean | string }>) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) refuse(`${name} ${text} is not a whole number of 1 or more`);
  return value;
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
