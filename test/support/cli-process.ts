import { bundle } from '../../scripts/bundle.mjs';

/** What `npm run pg-missions` runs once everything is installed; the arguments of the command line follow. */
export const CLI: [node: string, program: string] = [process.execPath, bundle('src/cli/main.ts')];
