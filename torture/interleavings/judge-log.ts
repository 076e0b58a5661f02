import type pg from 'pg';
import type { LoggedChange } from '../../src/core/log/change.ts';
import { compareRecords } from '../../src/core/log/compare-records.ts';
import { emptyRecord, type FoldedRecord, foldInto } from '../../src/core/log/merge.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { Database, TextRow } from '../../src/database/database.ts';
import { compile, sessionStatement } from '../../src/database/statement.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import type { RaceWorld } from './interleave.ts';

/** A user's log, for the laws of one race. */
export interface JudgedLog {
  broken: string | null;
  log: LoggedChange[];
}

/** What must hold of every log after every race: positions, projections, one plan for a want, one decision for a proposal. */
export async function judgeLog({ db, admin }: RaceWorld, user: string): Promise<JudgedLog> {
  const { rows: log } = await admin.query<LoggedChange>(LOG, [user]);
  const { rows: records } = await admin.query<FoldedRecord & { key: string }>(RECORDS, [user]);
  const { rows: heads } = await admin.query<{ position: number }>(
    'select position::int from user_heads where user_id = $1',
    [user],
  );
  const { violations } = await verifyUser({ ...db, scan: scanBy(admin) }, user, {
    registry: defaultRegistry,
    checkInterrupt: () => {},
    onChanges: () => {},
  });
  const broken =
    whyUnordered(log, heads[0]?.position ?? 0) ??
    whyUnfolded(log, records) ??
    whyTwice(log) ??
    violations[0]?.message ??
    null;
  return { broken, log };
}

/**
 * Scans on the connection that there is: the product opens one for each, and a verification makes four, which is a server's
 * process each, for every order.
 */
function scanBy(admin: pg.Client): Database['scan'] {
  return async (session, statement, onRows) => {
    const settings = compile(sessionStatement(session, true));
    await admin.query('begin');
    await admin.query(settings.text, settings.values);
    const config = { text: statement, rowMode: 'array', types: { getTypeParser: () => String } };
    const { rows } = await admin.query(config as pg.QueryArrayConfig);
    await admin.query('commit');
    await onRows(rows as TextRow[]);
  };
}

const LOG = `select position::int, id, app_id as "appId", table_name as "tableName", record_id as "recordId", op, data,
  field_timestamps as "fieldTimestamps", client_id as "clientId", actor from sync_changes where user_id = $1 order by position`;
const RECORDS = `select concat_ws('/', app_id, table_name, record_id) as key, data, field_meta as "fieldMeta",
  format_stamp(deleted_at) as "deletedAt", first_position::int as "firstPosition", last_position::int as "lastPosition"
  from records where user_id = $1`;

function whyUnordered(log: readonly LoggedChange[], head: number): string | null {
  const positions = log.map(({ position }) => position);
  const isContiguous = positions.every((position, index) => position === index + 1) && head === log.length;
  return isContiguous ? null : `the positions are ${positions}, and the head ${head}`;
}

function whyUnfolded(
  log: readonly LoggedChange[],
  records: readonly (FoldedRecord & { key: string })[],
): string | null {
  const folded = new Map<string, FoldedRecord>();
  for (const change of log) {
    const key = `${change.appId}/${change.tableName}/${change.recordId}`;
    const record = folded.get(key) ?? emptyRecord(change.position);
    folded.set(key, record);
    foldInto(record, change);
  }
  if (folded.size !== records.length) return `there are ${records.length} records, and the log has ${folded.size}`;
  for (const { key, ...held } of records) {
    const expected = folded.get(key);
    const [difference] = expected ? compareRecords(held, expected) : [key];
    if (difference) return `${key} is not as the log has it: ${JSON.stringify(difference)}`;
  }
  return null;
}

function whyTwice(log: readonly LoggedChange[]): string | null {
  const made = log.flatMap(({ appId, tableName, recordId, op, actor, data }) => {
    if (tableName === 'aiIterations' && op === 'insert') return [`iteration ${recordId}`];
    if (tableName === 'aiProposals' && actor.kind === 'user') return [`decision on ${recordId}`];
    if (tableName === 'aiProposals' && data.status === 'superseded') return [`end of ${recordId}`];
    return actor.kind === 'ai' ? [`effect ${appId}/${tableName}/${recordId}`] : [];
  });
  const twice = made.find((name, index) => made.indexOf(name) !== index);
  return twice ? `the log has twice: ${twice}` : null;
}
