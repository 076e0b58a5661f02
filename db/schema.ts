/**
 * The tables. What must hold whoever writes (order, append-only, isolation, fold, wake-up, claim) lives beside this
 * file, one object per `.sql` file, and is re-applied at every migrate; see `src/database/migrate.ts`.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true });
const count = (name: string) => bigint(name, { mode: 'number' });

/** One row: what tells this log from every other, a restored copy of it included; see db/functions/current_epoch.sql. */
export const logEpoch = pgTable('log_epoch', {
  only: boolean('only').primaryKey().default(true),
  nonce: uuid('nonce').notNull().defaultRandom(),
});

/** One row per user: the end of the user's log, and the lock under which the log grows. */
export const userHeads = pgTable('user_heads', {
  userId: text('user_id').primaryKey(),
  /** The position of the newest change; 0 before the first. */
  position: count('position').notNull().default(0),
  /** The greatest field time seen (hybrid logical clock): a change without a time is stamped after it. */
  stamp: text('stamp').notNull().default(''),
  /** The virtual time of the user's newest queued want: see `raise_want`. */
  queueAt: instant('queue_at').notNull().default(sql`'-infinity'`),
  /** What the log hashes to up to `linked_to`: see `link` below. Empty before the first change. */
  link: text('link').notNull().default(''),
  /** As `position`, unless something wrote to the log that makes no links: see db/policies/start_chains.sql. */
  linkedTo: count('linked_to').notNull().default(0),
});

/** The log: append-only, the truth. `position` and `created_at` are the log's to give, never the writer's. */
export const syncChanges = pgTable(
  'sync_changes',
  {
    userId: text('user_id').notNull(),
    position: count('position').notNull(),
    id: text('id').notNull(),
    appId: text('app_id').notNull(),
    tableName: text('table_name').notNull(),
    recordId: text('record_id').notNull(),
    op: text('op').notNull(),
    data: jsonb('data').notNull().default({}),
    fieldTimestamps: jsonb('field_timestamps').notNull().default({}),
    clientId: text('client_id').notNull().default('server'),
    schemaVersion: integer('schema_version').notNull().default(1),
    actor: jsonb('actor').notNull(),
    createdAt: instant('created_at').notNull(),
    /** On the first change of each statement, what the log before it hashes to: SHA-256, in hex; see docs/log.md. */
    link: text('link'),
  },
  (t) => [primaryKey({ columns: [t.userId, t.position] }), unique('sync_changes_event').on(t.userId, t.id)],
);

/** Projection: every record of every collection, folded by field-level last-write-wins. */
export const records = pgTable(
  'records',
  {
    userId: text('user_id').notNull(),
    appId: text('app_id').notNull(),
    tableName: text('table_name').notNull(),
    recordId: text('record_id').notNull(),
    data: jsonb('data').notNull(),
    /** For each field the write that won: `{updatedAt, clientId, position}`. */
    fieldMeta: jsonb('field_meta').notNull(),
    deletedAt: instant('deleted_at'),
    firstPosition: count('first_position').notNull(),
    lastPosition: count('last_position').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.appId, t.tableName, t.recordId] }),
    index('records_iterations_by_mission')
      .on(t.userId, sql`(${t.data} ->> 'missionId')`, t.firstPosition.desc())
      .where(sql`${t.appId} = 'ai' and ${t.tableName} = 'aiIterations'`),
    index('records_proposals_by_iteration')
      .on(t.userId, sql`(${t.data} ->> 'iterationId')`)
      .where(sql`${t.appId} = 'ai' and ${t.tableName} = 'aiProposals'`),
    index('records_proposals_by_mission')
      .on(t.userId, sql`(${t.data} ->> 'missionId')`, t.firstPosition.desc())
      .where(sql`${t.appId} = 'ai' and ${t.tableName} = 'aiProposals'`),
    index('records_proposals_pending')
      .on(t.userId, sql`(${t.data} ->> 'missionId')`)
      .where(sql`${t.appId} = 'ai' and ${t.tableName} = 'aiProposals' and ${t.data} ->> 'status' = 'pending'`),
  ],
);

/**
 * Projection and run bookkeeping: what scheduling needs of a mission, and no content.
 *
 * A row is in one of these situations, told apart by three columns:
 *
 * | situation | claim_token | queue_at | due_at |
 * |---|---|---|---|
 * | idle: every want is planned | null | null | next_run_at |
 * | queued: a want waits for a runner | null | its place in the queue | null |
 * | backing off: a want waits for its next attempt | null | null | when to try again |
 * | held: a cap allows no call for its want; `held` says which | null | null | when the next day begins |
 * | claimed: a runner is planning | set | null | end of the lease |
 * | inactive: paused, done, archived or deleted | null | null | null |
 */
export const missions = pgTable(
  'missions',
  {
    userId: text('user_id').notNull(),
    missionId: text('mission_id').notNull(),
    state: text('state').notNull(),
    cadence: jsonb('cadence'),
    timeZone: text('time_zone'),
    deletedAt: instant('deleted_at'),
    /** Rises by one with each want: an edit, feedback, "run now", or the cadence. */
    wanted: count('wanted').notNull().default(0),
    wantedAt: instant('wanted_at'),
    /** The want that the newest claim is or was working on. */
    begun: count('begun').notNull().default(0),
    /** The newest want with a recorded iteration. */
    planned: count('planned').notNull().default(0),
    nextRunAt: instant('next_run_at'),
    claimToken: uuid('claim_token'),
    runner: text('runner'),
    /** Claims of the current want so far, the present one included. */
    attempts: integer('attempts').notNull().default(0),
    queueAt: instant('queue_at'),
    dueAt: instant('due_at'),
    /** `inputs`: a change to what its newest plan was made from is a want as well. */
    replanOn: text('replan_on'),
    /** The missions whose effects led, step by step, to the want that is not planned yet; see `raise_want`. */
    wantCauses: jsonb('want_causes').notNull().default([]),
    /** Claims of the current want whose lease ended without a word, as when the runner's process died. */
    lapses: integer('lapses').notNull().default(0),
    /** Tokens that the call under this claim may take at most; after a lapse, that it is taken to have cost. */
    reserved: count('reserved').notNull().default(0),
    /** The day (UTC) of the newest reservation, and what calls of this mission have cost on it. */
    spentOn: date('spent_on'),
    spentTokens: count('spent_tokens').notNull().default(0),
    /** The cap that allows no call now: `{cap, limit, spent, reserved, needs}`; see `weigh_calls`. */
    held: jsonb('held'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.missionId] }),
    index('missions_queue').on(t.queueAt).where(sql`${t.queueAt} is not null`),
    index('missions_queue_by_user').on(t.userId, t.queueAt).where(sql`${t.queueAt} is not null`),
    index('missions_due').on(t.dueAt).where(sql`${t.dueAt} is not null`),
    index('missions_claimed').on(t.userId).where(sql`${t.claimToken} is not null`),
    index('missions_reserved').on(t.userId).where(sql`${t.reserved} > 0`),
    index('missions_held').on(t.userId).where(sql`${t.held} is not null`),
  ],
);

/** What a user's calls of a model have cost on the newest day (UTC) of a reservation; its row is the lock of them all. */
export const spending = pgTable('spending', {
  userId: text('user_id').primaryKey(),
  day: date('day').notNull(),
  calls: count('calls').notNull().default(0),
  tokens: count('tokens').notNull().default(0),
});

/**
 * Every exchange with a model, stored when it arrives and before anything is made of it: a runner that takes over
 * after a crash reads `answer` here instead of paying again.
 */
export const modelCalls = pgTable(
  'model_calls',
  {
    userId: text('user_id').notNull(),
    missionId: text('mission_id').notNull(),
    want: count('want').notNull(),
    number: integer('number').notNull(),
    model: text('model').notNull(),
    request: jsonb('request').notNull(),
    response: jsonb('response').notNull(),
    /** The closing words of a turn; null where the model asked for a read tool instead. */
    answer: text('answer'),
    inputTokens: integer('input_tokens'),
    outputTokens: integer('output_tokens'),
    durationMs: integer('duration_ms').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.missionId, t.want, t.number] }),
    index('model_calls_by_day').on(t.userId, t.createdAt),
  ],
);

/**
 * Projection: what the newest plan of each mission with `replanOn: inputs` was made from, so that a change to it finds the
 * mission by one look-up. `fields`: names, of which the prompt held the values; null: all, of an input linked since.
 */
export const planReads = pgTable(
  'plan_reads',
  {
    userId: text('user_id').notNull(),
    appId: text('app_id').notNull(),
    tableName: text('table_name').notNull(),
    recordId: text('record_id').notNull(),
    missionId: text('mission_id').notNull(),
    fields: jsonb('fields').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.appId, t.tableName, t.recordId, t.missionId] }),
    index('plan_reads_by_mission').on(t.userId, t.missionId),
  ],
);

/** The audit of erasures: whose log was removed whole, as a hash, so that nothing of the user is left but the fact. */
export const erasures = pgTable(
  'erasures',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** SHA-256 of the user id, in hex. */
    userHash: text('user_hash').notNull(),
    erasedAt: instant('erased_at').notNull(),
    changes: count('changes').notNull(),
  },
  (t) => [index('erasures_by_user').on(t.userHash)],
);

/** One-use keys to a stream, for a browser's EventSource, which cannot send headers: the hash, never the ticket itself. */
export const streamTickets = pgTable(
  'stream_tickets',
  {
    hash: text('hash').primaryKey(),
    userId: text('user_id').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('stream_tickets_expiry').on(t.expiresAt)],
);
