import { type Check, error, ok } from './check.ts';

/** The oldest that package.json allows. */
const OLDEST = [20, 19];

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOldEnough = major > OLDEST[0]! || (major === OLDEST[0] && minor >= OLDEST[1]!);
  return isOldEnough
    ? ok('Node', `version ${version}`)
    : error('Node', `version ${version}`, `install Node ${OLDEST.join('.')} or newer`);
}
