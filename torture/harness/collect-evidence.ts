import { addressKey } from '../../src/core/log/record-address.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { rebuildUser } from '../../src/log/rebuild/rebuild-user.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import type { Evidence, MissionRow, RecordedCall, UserEvidence } from '../checker/evidence.ts';
import { CONCURRENCY } from './services.ts';
import type { World } from './world.ts';

/** Reads what the checker judges by, once everything stands still. */
export async function collectEvidence(world: World): Promise<Evidence> {
  const { admin, model, services } = world;
  const calls = await admin.query<RecordedCall>(
    `select user_id as user, mission_id as mission, want::int, input_tokens as "inputTokens", output_tokens as "outputTokens",
            (regexp_match(answer, 'answer to call (\\d+)'))[1]::int as call
     from model_calls order by created_at`,
  );
  return {
    users: await Promise.all(world.users.map((user) => collectUser(world, user))),
    ledger: model.calls,
    modelCalls: calls.rows,
    losses: services.losses,
    stuck: world.stuck,
    stops: services.stops,
    failovers: world.failovers,
    concurrency: CONCURRENCY,
  };
}

async function collectUser(world: World, user: string): Promise<UserEvidence> {
  const { admin } = world;
  const log = await admin.query(
    `select user_id as "userId", position::int, id, app_id as "appId", table_name as "tableName", record_id as "recordId", op,
            data, field_timestamps as "fieldTimestamps", client_id as "clientId", schema_version as "schemaVersion", actor,
            created_at::text as "createdAt"
     from sync_changes where user_id = $1 order by position`,
    [user],
  );
  const records = await admin.query(
    `select app_id as "appId", table_name as table, record_id as id, data, field_meta as "fieldMeta",
            format_stamp(deleted_at) as "deletedAt", first_position::int as "firstPosition", last_position::int as "lastPosition"
     from records where user_id = $1`,
    [user],
  );
  const missions = await admin.query<MissionRow>(
    `select mission_id as id, is_plannable(state, deleted_at) as "isPlannable", wanted::int, planned::int, runner as "claimedBy"
     from missions where user_id = $1`,
    [user],
  );
  const head = await admin.query('select position::int from user_heads where user_id = $1', [user]);
  const writers = world.writers.filter((writer) => writer.user === user);
  return {
    user,
    log: log.rows,
    head: head.rows[0]?.position ?? 0,
    records: new Map(records.rows.map(({ appId, table, id, ...record }) => [addressKey({ appId, table, id }), record])),
    missions: missions.rows,
    findings: await findingsOf(world, user),
    pushed: writers.flatMap(({ told }) => told),
    abandoned: world.abandoned,
    faults: writers.flatMap(({ faults }) => faults),
    followed: world.followers.filter((follower) => follower.user === user).map(({ followed }) => followed),
    decided: world.decided.filter((decision) => decision.user === user),
  };
}

async function findingsOf({ db }: World, user: string): Promise<string[]> {
  const quietly = { checkInterrupt: () => {}, onChanges: () => {} };
  const verified = await verifyUser(db, user, { registry: defaultRegistry, ...quietly });
  const rebuilt = await rebuildUser(db, user, { isDryRun: true, ...quietly });
  return [
    ...verified.violations.map(({ rule, message }) => `verify: ${rule}: ${message}`),
    ...rebuilt.differences.map(({ projection, key, kind }) => `rebuild: ${projection} ${key}: ${kind}`),
  ];
}
