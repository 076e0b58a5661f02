// `npm run simulate [-- --only NAME ...] [--seed N] [--histories N]`: judges random histories of the pure parts; ends with 1, the
// seed and the shortest history found where one breaks its law. With `--histories 1` and that seed it is that history again.
import { parseArgs } from 'node:util';
import { LawBroken } from './simulate.ts';
import { simulations } from './simulations.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] as string[] },
    seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 2 ** 31)) },
    histories: { type: 'string' },
  },
});
const names = simulations.map(({ name }) => name);
const unknown = values.only.filter((name) => !names.includes(name));
const [seed, histories] = [Number(values.seed), Number(values.histories ?? 1)];
if (unknown.length > 0 || !Number.isSafeInteger(seed) || !Number.isSafeInteger(histories) || histories < 1) {
  console.error(`--only takes ${names.join(', ')}; --seed and --histories take whole numbers`);
  process.exit(2);
}
for (const { name, histories: usual, run } of simulations) {
  if (values.only.length > 0 && !values.only.includes(name)) continue;
  try {
    const counted = await run(seed, values.histories === undefined ? usual.full : histories);
    console.log(`${name}, seed ${seed}: the law holds`);
    for (const [what, count] of Object.entries(counted)) console.log(`  ${String(count).padStart(9)}  ${what}`);
  } catch (error) {
    if (!(error instanceof LawBroken)) throw error;
    console.log(error.message);
    process.exitCode = 1;
  }
}
