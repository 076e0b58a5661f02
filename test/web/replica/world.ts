import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { MISSION_RUNNER } from '../../../src/core/log/actor.ts';
import type { ProposalFields } from '../../../src/core/proposals/proposal.ts';
import { appendChanges } from '../../../src/database/append-changes.ts';
import { type Database, withUser } from '../../../src/database/database.ts';
import { actionHash } from '../../../src/decisions/action-hash.ts';
import { canonical } from '../../core/log/histories.ts';
import { recordsHeld } from '../../http/sync-app.ts';
import { newUser } from '../../support/engines.ts';
import { type SyncServerOn, startSyncServerOn } from '../../support/sync-server.ts';
import { type Device, newDevice, type Tab } from './device.ts';

/** The real service on an embedded database, and the devices of a person nobody else is. */
export interface World {
  readonly db: Database;
  readonly user: string;
  newDevice(): Device;
  /** From now on it is about another person; answers with the new one. */
  nextUser(): string;
  /** Writes an undecided proposal, as the runner does. */
  propose(id: string, over?: Partial<ProposalFields>): Promise<void>;
}

/** Declares a world for the tests of a file: one service for all of them, a person and devices for each. */
export function useWorld(): World {
  let service: SyncServerOn;
  let user = '';
  let devices: Device[] = [];
  beforeAll(async () => {
    service = await startSyncServerOn('pglite');
  });
  afterAll(() => service?.close());
  beforeEach(() => {
    user = newUser();
    devices = [];
  });
  afterEach(async () => {
    await Promise.all(devices.map((device) => device.close()));
    expect(devices.flatMap(({ errors }) => errors)).toEqual([]);
  });
  return {
    get db() {
      return service.db;
    },
    get user() {
      return user;
    },
    newDevice() {
      const device = newDevice(service.url, user);
      devices.push(device);
      return device;
    },
    nextUser() {
      user = newUser();
      return user;
    },
    async propose(id, over = {}) {
      const toolName = over.toolName ?? 'create_task';
      const params = over.params ?? { title: 'Buy milk' };
      const data: ProposalFields = {
        missionId: 'm1',
        iterationId: 'm1-1',
        rationale: 'because',
        summary: 'Create a task',
        appId: 'todo',
        toolName,
        params,
        status: 'pending',
        hash: actionHash(toolName, params),
        expiresAt: '2999-01-01T00:00:00.000Z',
        ...over,
      };
      const change = { appId: 'ai', tableName: 'aiProposals', recordId: id, op: 'insert' as const };
      await withUser(service.db, user, (tx) =>
        appendChanges(tx, user, [{ ...change, actor: MISSION_RUNNER, data: { ...data } as JsonObject }]),
      );
    },
  };
}

/** An insert of a task. */
export function task(id: string, data: JsonObject = { title: id }) {
  return { appId: 'todo', table: 'tasks', id, op: 'insert' as const, data };
}

export function editTask(id: string, data: JsonObject) {
  return { appId: 'todo', table: 'tasks', id, op: 'update' as const, data };
}

/** What a replica has of an application's log, as one text; `recordsHeld` says the same of the service. */
export async function recordsOf(tab: Tab, appId: string): Promise<string> {
  const rows = (await tab.db.confirmed.toArray()).filter((row) => row.appId === appId);
  const records = rows.map(({ table, id, record: { actors: _, ...record } }) => [`${table}/${id}`, record]);
  return canonical(Object.fromEntries(records));
}

/** Asserts that a replica has an application's records byte for byte as the service does, and shows nothing else. */
export async function expectSameRecords(tab: Tab, world: World, appId: string): Promise<void> {
  expect(await recordsOf(tab, appId)).toBe(await recordsHeld(world.db, world.user, appId));
  const shown = (await tab.db.records.toArray()).map(({ table, id, data }) => [`${table}/${id}`, data]);
  const alive = (await tab.db.confirmed.toArray()).filter(({ record }) => record.deletedAt === null);
  const held = alive.map(({ table, id, record }) => [`${table}/${id}`, record.data]);
  expect(canonical(Object.fromEntries(shown))).toBe(canonical(Object.fromEntries(held)));
}
