// What each earlier schema wrote, kept as that build wrote it (test/fixtures/releases/README.md): the database is brought to
// this build's schema, the archive is imported, and both fold to the projections that were kept with them.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { migratePostgres } from '../../src/database/migrate.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { rebuildUser } from '../../src/log/rebuild/rebuild-user.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { everythingOf, importFrom } from '../log/archive-world.ts';
import { createDatabase } from '../support/create-database.ts';
import { SERVICE_LOGIN, serviceUrl } from '../support/global-setup.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/releases/', import.meta.url));
const MIGRATIONS = fileURLToPath(new URL('../../db/migrations/', import.meta.url));
const QUIET = { checkInterrupt() {}, onChanges() {} };
const USER = 'local';

interface KeptRow {
  table: string;
  row: Record<string, unknown>;
}

const releases = readdirSync(FIXTURES).flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -6)] : []));
const archives = readdirSync(FIXTURES).flatMap((name) => (name.endsWith('.zip') ? [name.slice(0, -4)] : []));

test('every migration before the last has its fixture, and since there are archives one of those', () => {
  const all = readdirSync(MIGRATIONS).flatMap((name) => (name.endsWith('.sql') ? [name.slice(0, -4)] : []));
  expect(releases).toEqual(all.sort().slice(0, releases.length));
  expect(all.length - releases.length).toBeLessThanOrEqual(1);
  expect(archives).toEqual(releases.slice(releases.indexOf('0003_log_tools')));
});

test.each(releases)('%s', async (release) => {
  const kept = readKept(release);
  await withUpgraded(release, kept, async (url, adminUrl) => {
    const db = openPostgres({ connectionString: url, poolSize: 3, onError: () => {} });
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    try {
      for (const table of ['sync_changes', 'records', 'missions']) {
        const { rows } = await admin.query<Pick<KeptRow, 'row'>>(`select to_jsonb(t) as row from ${table} t`);
        const before = byKey(kept.filter((line) => line.table === table));
        expect(before.length).toBeGreaterThan(0);
        // A later schema may have columns more.
        expect(byKey(rows), table).toMatchObject(before);
      }
      expect(await rebuildUser(db, USER, { isDryRun: true, ...QUIET })).toMatchObject({ differing: 0 });
      expect((await verifyUser(db, USER, { registry: defaultRegistry, ...QUIET })).violations).toEqual([]);

      const upgraded = await everythingOf(db, USER);
      await admin.query('delete from records');
      await rebuildUser(db, USER, { isDryRun: false, ...QUIET });
      expect(await everythingOf(db, USER)).toEqual(upgraded);

      if (!archives.includes(release)) return;
      const path = join(FIXTURES, `${release}.zip`);
      expect(await importFrom(db, 'copy', path)).toMatchObject({ ok: true, added: upgraded.log.length });
      const imported = await everythingOf(db, 'copy');
      expect({ ...imported, missions: [] }).toEqual({ ...upgraded, missions: [] });
      expect((await verifyUser(db, 'copy', { registry: defaultRegistry, ...QUIET })).violations).toEqual([]);
    } finally {
      await admin.end();
      await db.close();
    }
  });
});

test('negative control: a projection that is not as its log has it is told', async () => {
  const release = releases.at(-1) as string;
  const kept = readKept(release).map((line) =>
    line.table === 'records' ? { ...line, row: { ...line.row, data: { title: 'Other' } } } : line,
  );
  await withUpgraded(release, kept, async (url) => {
    const db = openPostgres({ connectionString: url, poolSize: 3, onError: () => {} });
    const { differing } = await rebuildUser(db, USER, { isDryRun: true, ...QUIET });
    await db.close();
    expect(differing).toBeGreaterThan(0);
  });
});

function readKept(release: string): KeptRow[] {
  const lines = readFileSync(join(FIXTURES, `${release}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as KeptRow);
}

function byKey(rows: Pick<KeptRow, 'row'>[]): KeptRow['row'][] {
  const keyOf = ({ position, table_name, record_id, mission_id }: KeptRow['row']) =>
    JSON.stringify([position, table_name, record_id, mission_id]);
  return rows.map(({ row }) => row).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** A database as that release left it, brought to this build's schema. */
async function withUpgraded(
  release: string,
  kept: KeptRow[],
  work: (url: string, adminUrl: string) => Promise<void>,
): Promise<void> {
  const server = inject('postgresUrl');
  const database = await createDatabase(server, { owner: SERVICE_LOGIN });
  const folder = mkdtempSync(join(tmpdir(), 'pg-missions-release-'));
  try {
    const url = serviceUrl(server, new URL(database.url).pathname.slice(1));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await migrate(drizzle(client), { migrationsFolder: migrationsUpTo(release, folder) });
    for (const table of new Set(kept.map((line) => line.table))) await client.query(`delete from ${table}`);
    for (const { table, row } of kept) {
      const insert = `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`;
      await client.query(insert, [JSON.stringify(row)]);
    }
    await client.end();
    await migratePostgres(url);
    await work(url, database.url);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  }
}

function migrationsUpTo(release: string, folder: string): string {
  cpSync(MIGRATIONS, folder, { recursive: true });
  const path = join(folder, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: { tag: string }[] };
  journal.entries = journal.entries.slice(0, journal.entries.findIndex(({ tag }) => tag === release) + 1);
  writeFileSync(path, JSON.stringify(journal));
  return folder;
}
