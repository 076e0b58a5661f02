import { z } from '@hono/zod-openapi';
import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import type { RecordAddress } from '../core/log/record-address.ts';
import { isServerOwned, POLICY_RECORD_ID } from '../core/modules/missions-module.ts';
import { type Transaction, withUser } from '../database/database.ts';
import { listRecords, readRecord, type StoredRecord } from '../database/read-records.ts';
import { blameRecord, recordBlameSchema } from '../log/blame-record.ts';
import { listRecordsAt, readRecordAt } from '../log/past/record-at.ts';
import type { App, AppDeps } from './app.ts';
import { anyId, cursor, pageSize } from './inputs.ts';
import { momentOf, momentParameter } from './moment.ts';
import { userOperation } from './operation.ts';
import { invalidRequest, Problem } from './problem.ts';
import { changeRecord, deleteRecord, type RecordWrite, replaceRecord } from './write-record.ts';

const TAG = 'Records';
/** Far more than any module declares; the log's work grows with the fields of a change. */
const MAX_FIELDS = 1_000;

const name = () =>
  z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be letters, digits, _ and - only');
const collection = z.object({ appId: name(), table: name() });
const address = z.object({ appId: name(), table: name(), id: anyId() });

const fields = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .openapi({ type: 'object', description: "The record's fields, as its module declares them; others are kept" });

const recordShape = {
  id: z.string(),
  data: z.record(z.string(), z.unknown()),
  fieldMeta: z
    .record(z.string(), z.object({ updatedAt: z.string(), clientId: z.string(), position: z.number() }))
    .openapi({ description: 'For each field the write that holds' }),
  lastPosition: z.number(),
};
const ListedRecord = z.object(recordShape);
const RecordAnswer = z
  .object({
    ...recordShape,
    attribution: z
      .record(
        z.string(),
        z.object({ actor: z.looseObject({ kind: z.string() }), at: z.string(), position: z.number() }),
      )
      .openapi({ description: 'For each field who wrote it, when, and for an AI for which mission and why' }),
  })
  .openapi('Record');

type ListedFields = Pick<StoredRecord, 'id' | 'data' | 'fieldMeta' | 'lastPosition'>;
const RecordBlame = recordBlameSchema.clone().openapi('RecordBlame');

const one = { description: 'The record', schema: RecordAnswer };

export function recordRoutes(app: App, deps: AppDeps): void {
  const { clock, db, registry } = deps;

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/records/{appId}/{table}',
      tag: TAG,
      summary: 'List the records of a collection, oldest first',
      params: collection,
      query: z.strictObject({ limit: pageSize(1_000, 100), after: cursor(), at: momentParameter() }),
      responses: {
        200: {
          description: 'A page of records',
          schema: z.object({ records: z.array(ListedRecord), nextCursor: z.string().nullable() }),
        },
      },
    },
    async (c, { userId, params, query: { limit, after = 0, at } }) => {
      const page = { after, limit: limit + 1 };
      const found = await withUser(
        db,
        userId,
        async (tx): Promise<(ListedFields & { firstPosition: number })[]> =>
          at === undefined
            ? listRecords(tx, params.appId, params.table, page)
            : listRecordsAt(tx, params, (await momentOf(tx, at)).position, page),
      );
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return c.json({ records: shown.map(toListed), nextCursor: last ? String(last.firstPosition) : null });
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/records/{appId}/{table}/{id}',
      tag: TAG,
      summary: 'Read a record, with who wrote each field and why; as it is, or as it was',
      params: address,
      query: z.strictObject({ at: momentParameter() }),
      responses: { 200: one },
      problems: ['record_not_found'],
    },
    async (c, { userId, params, query: { at } }) =>
      c.json(await withUser(db, userId, (tx) => (at === undefined ? show(tx, params) : showAt(tx, params, at)))),
  );

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/records/{appId}/{table}/{id}/blame',
      tag: TAG,
      summary:
        'Read why a record is as it is: behind each field the write, and for an AI the mission, reason and approval',
      description:
        'A deleted record too: its field deletedAt says who deleted it. With `others`, the other writes of each field.',
      params: address,
      query: z.strictObject({ others: z.enum(['true', 'false']).optional() }),
      responses: { 200: { description: 'What is behind each field', schema: RecordBlame } },
      problems: ['record_not_found'],
    },
    async (c, { userId, params, query }) => {
      const others = query.others === 'true';
      const blame = await withUser(db, userId, (tx) => blameRecord(tx, registry, params, { others }));
      if (!blame) throw recordNotFound();
      return c.json(blame);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'put',
      path: '/api/records/{appId}/{table}/{id}',
      tag: TAG,
      summary: 'Create or replace a record; fields that it had and that are not given become null',
      params: address,
      body: fields,
      responses: { 200: one, 201: { ...one, description: 'The record, which is new' } },
      problems: ['collection_is_server_owned', 'too_many_fields'],
    },
    async (c, { userId, params, body }) => {
      refuseUnwritable(params, body);
      const { created, record } = await withUser(db, userId, async (tx) => {
        const write = accept(await replaceRecord(tx, registry, userId, params, body));
        return { created: write.created, record: await show(tx, params) };
      });
      return c.json(record, created ? 201 : 200);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'patch',
      path: '/api/records/{appId}/{table}/{id}',
      tag: TAG,
      summary: 'Change fields of a record',
      params: address,
      body: fields,
      responses: { 200: one },
      problems: ['nothing_to_change', 'record_not_found', 'collection_is_server_owned', 'too_many_fields'],
    },
    async (c, { userId, params, body }) => {
      refuseUnwritable(params, body);
      if (Object.keys(body).length === 0) throw new Problem('nothing_to_change', 'the body names no field to change');
      const record = await withUser(db, userId, async (tx) => {
        accept(await changeRecord(tx, registry, userId, params, body));
        return show(tx, params);
      });
      return c.json(record);
    },
  );

  userOperation(
    app,
    deps,
    {
      method: 'delete',
      path: '/api/records/{appId}/{table}/{id}',
      tag: TAG,
      summary: 'Delete a record',
      params: address,
      responses: { 204: { description: 'It is deleted', schema: null } },
      problems: ['record_not_found', 'collection_is_server_owned'],
    },
    async (c, { userId, params }) => {
      refuseUnwritable(params, {});
      if (!(await withUser(db, userId, (tx) => deleteRecord(tx, userId, params, clock.now())))) throw recordNotFound();
      return c.body(null, 204);
    },
  );
}

async function show(tx: Transaction, { appId, table, id }: RecordAddress): Promise<z.infer<typeof RecordAnswer>> {
  const record = await readRecord(tx, appId, table, id);
  if (!record || record.deletedAt) throw recordNotFound();
  return { ...toListed(record), attribution: await readAttribution(tx, record) };
}

async function showAt(tx: Transaction, address: RecordAddress, at: string): Promise<z.infer<typeof RecordAnswer>> {
  const { position } = await momentOf(tx, at);
  const record = await readRecordAt(tx, address, position);
  if (!record || record.deletedAt !== null) {
    throw new Problem('record_not_found', `there was no such record at position ${position}`);
  }
  return { ...toListed(record), attribution: record.attribution };
}

function toListed({ id, data, fieldMeta, lastPosition }: ListedFields): z.infer<typeof ListedRecord> {
  return { id, data, fieldMeta, lastPosition };
}

/** Who made the write that each field holds: the change in the log at the field's position. */
async function readAttribution(tx: Transaction, { data, fieldMeta }: StoredRecord) {
  const positions = [...new Set(Object.values(fieldMeta).map((meta) => meta.position))];
  const changes = await tx.query<{ position: number; actor: { kind: string }; at: Date }>(sql`
    select position, actor, created_at as at from sync_changes
    where user_id = current_user_id()
      and position in (select value::bigint from jsonb_array_elements_text(${JSON.stringify(positions)}::text::jsonb))`);
  const byPosition = new Map(changes.map((change) => [change.position, change]));
  return Object.fromEntries(
    Object.keys(data).flatMap((field) => {
      const change = byPosition.get(fieldMeta[field]?.position ?? 0);
      return change ? [[field, { actor: change.actor, at: change.at.toISOString(), position: change.position }]] : [];
    }),
  );
}

function refuseUnwritable({ appId, table, id }: RecordAddress, body: JsonObject): void {
  if (isServerOwned(appId, table)) {
    throw new Problem('collection_is_server_owned', `only the server writes ${appId}/${table}`);
  }
  if (appId === 'ai' && table === 'aiPolicy' && id !== POLICY_RECORD_ID) {
    throw invalidRequest([{ path: 'id', message: `must be "${POLICY_RECORD_ID}": there is one policy` }]);
  }
  if (Object.keys(body).length > MAX_FIELDS) {
    throw new Problem(
      'too_many_fields',
      `a record takes ${MAX_FIELDS} fields at a time; put some of them into one as an object`,
    );
  }
}

function accept(write: RecordWrite): Extract<RecordWrite, { ok: true }> {
  if (write.ok) return write;
  throw write.reason === 'invalid' ? invalidRequest(write.issues) : recordNotFound();
}

function recordNotFound(): Problem {
  return new Problem('record_not_found', 'there is no such record');
}
