// A text that begins with U+FEFF is the text that it is, wherever it stands: PGlite's client took it for a byte order mark.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { userSession } from '../../src/database/database.ts';
import { openStore } from '../../src/database/pglite/open-store.ts';
import { rebuildUser } from '../../src/log/rebuild/rebuild-user.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { readLog, syncApp, syncClient } from '../http/sync-app.ts';
import { archiveDirectory, everythingOf, exportTo, importFrom } from '../log/archive-world.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { write, writeMission } from '../support/missions.ts';

const MARK = '\ufeff';
const QUIET = { checkInterrupt() {}, onChanges() {} };
const inDirectory = archiveDirectory();

onBothEngines((engine) => {
  test('in every id, in a field and its value: it is read as it was written, and the log holds', async () => {
    const { db } = engine();
    const user = `${MARK}${newUser()}`;
    const marked = {
      ...{ appId: `${MARK}app`, tableName: `${MARK}table`, recordId: `${MARK}record`, clientId: `${MARK}client` },
      ...{ id: `${MARK}event`, op: 'insert' as const, actor: USER },
      data: { [`${MARK}field`]: `${MARK}value`, nested: [MARK, { [MARK]: `${MARK}${MARK}` }] },
    };
    await write(db, user, marked, { ...marked, id: 'other event', recordId: 'record', data: {} });
    await writeMission(db, user, `${MARK}m`, { title: `${MARK}Title`, objective: MARK });

    expect(await readLog(db, user)).toMatchObject([marked, { recordId: 'record' }, { recordId: `${MARK}m` }]);
    const texts = await db.run(
      userSession(user),
      sql`select data ->> ${`${MARK}field`} as value, octet_length(record_id) as bytes from records
          where record_id = ${`${MARK}record`}`,
    );
    expect(texts).toEqual([{ value: `${MARK}value`, bytes: 9 }]);
    const titles = await db.run(userSession(user), sql`select title from mission_details`);
    expect(titles).toEqual([{ title: `${MARK}Title` }]);

    const report = await verifyUser(db, user, { registry: defaultRegistry, ...QUIET });
    expect(report).toMatchObject({ changes: 3, records: 3, violations: [] });
    expect(await rebuildUser(db, user, { isDryRun: true, ...QUIET })).toMatchObject({ differing: 0 });
  });

  test('it comes through a push, a pull and an archive', async () => {
    const { db } = engine();
    const [user, copy] = [newUser(), newUser()];
    const change = { eventId: `${MARK}e`, table: 'tasks', id: `${MARK}t`, op: 'insert', data: { title: `${MARK}T` } };
    const app = syncApp(db);
    expect(await syncClient(app, user, 'phone').push([change], { since: '0' })).toMatchObject({ status: 200 });
    // The same again is the same.
    expect(await syncClient(app, user, 'phone').push([change], { since: '0' })).toMatchObject({ status: 200 });
    const { body } = await syncClient(app, user, 'laptop').pull('?since=0');
    expect(body.serverChanges).toMatchObject([{ table: 'tasks', id: `${MARK}t`, eventId: `${MARK}e`, position: 1 }]);

    const path = inDirectory(`${db.kind}.zip`);
    await exportTo(db, user, path);
    expect(await importFrom(db, copy, path)).toMatchObject({ ok: true, added: 1 });
    expect(await everythingOf(db, copy)).toEqual(await everythingOf(db, user));
    for (const each of [user, copy]) {
      expect((await verifyUser(db, each, { registry: defaultRegistry, ...QUIET })).violations).toEqual([]);
    }
  });
});

test('the engine in its own thread, as the service has it, gives it too: in a row, an error and a notification', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pg-missions-marks-'));
  const store = await openStore(join(root, 'data'));
  try {
    const heard = new Promise<string>((resolve, reject) => {
      const onNotify = (_: string, payload: string) => resolve(payload);
      const onConnected = () => void ask(`select pg_notify('c', U&'\\FEFFp')`).catch(reject);
      store.engine.listen(['c'], { onNotify, onConnected, onError: reject }).catch(reject);
    });
    const ask = (text: string) => store.engine.alone((send) => send([{ text, values: [] }]));
    expect(await ask(`select U&'\\FEFFa' as "${MARK}b"`)).toEqual([{ [`${MARK}b`]: `${MARK}a` }]);
    // After an error PGlite reads with another decoder than before.
    await expect(ask(`do $$ begin raise '%', U&'\\FEFFoh'; end $$`)).rejects.toThrow(`${MARK}oh`);
    expect(await ask(`select U&'\\FEFFa' as a`)).toEqual([{ a: `${MARK}a` }]);
    expect(await heard).toBe(`${MARK}p`);
  } finally {
    await store.close();
    rmSync(root, { recursive: true, force: true });
  }
});
