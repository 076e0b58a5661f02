// Fails when db/schema.ts says something that no migration does: lets drizzle-kit generate into a copy and looks whether
// it had anything to add.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';

const copy = 'node_modules/.cache/schema-drift';
rmSync(copy, { recursive: true, force: true });
mkdirSync(copy, { recursive: true });
cpSync('db/migrations', copy, { recursive: true });

const args = ['generate', '--dialect', 'postgresql', '--schema', './db/schema.ts', '--out', `./${copy}`];
const { status, stdout, stderr } = spawnSync('node_modules/.bin/drizzle-kit', args, {
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
if (status !== 0) {
  console.error(stdout, stderr);
  process.exit(1);
}
const sqlFiles = (folder) => readdirSync(folder).filter((file) => file.endsWith('.sql'));
const missing = sqlFiles(copy).filter((file) => !sqlFiles('db/migrations').includes(file));
if (missing.length > 0) {
  console.error('db/schema.ts has changes without a migration. Run: npm run migration');
  process.exit(1);
}
console.log('schema: every table is as the migrations make it');
