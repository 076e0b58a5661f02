const TABLES = ['user_heads', 'sync_changes', 'records', 'missions', 'model_calls', 'spending'];
const VIEWS = ['iterations', 'proposals', 'tasks', 'events', 'places', 'notes', 'goals', 'mission_details'];

/**
 * All that the service's roles, and everybody (`public`), may do, by the right's name in SQL. Written a second time on
 * purpose, beside db/policies/: a right that is granted without standing here is found by the doctor and by CI, and
 * whoever adds one must say so in both places.
 */
export const RIGHTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  public: { usage: ['schema public'], execute: ['current_user_id()'] },
  app_user: {
    usage: ['schema public'],
    select: [...TABLES, ...VIEWS],
    insert: [
      ...['user_id', 'id', 'app_id', 'table_name', 'record_id', 'op'],
      ...['data', 'field_timestamps', 'client_id', 'schema_version', 'actor'],
    ].map((column) => `sync_changes.${column}`),
    execute: [
      ...['lock_log()', 'current_epoch()', 'server_epoch()', 'read_iterations()', 'format_stamp()', 'write_wins()'],
      ...['append_changes()', 'issue_ticket()', 'redeem_ticket()', 'stop_planning()'],
    ],
  },
  app_runner: {
    usage: ['schema public'],
    select: ['missions'],
    execute: [
      ...['claim_missions()', 'extend_claims()', 'release_claim()', 'record_call()', 'close_want()', 'record_plans()'],
      ...['reserve_call()', 'resume_raised()'],
      ...['next_due_at()', 'expire_proposals()', 'users_with_expired_proposals()', 'log_heads()', 'server_epoch()'],
    ],
  },
  app_operator: {
    usage: ['schema public'],
    select: [...TABLES, 'plan_reads'],
    execute: [
      ...['lock_log()', 'current_epoch()', 'list_users()', 'refold_plan_reads()', 'differing_plan_reads()'],
      ...[
        'import_changes()',
        'settle_mission()',
        'erase_user()',
        'mend_records()',
        'lock_missions()',
        'mend_missions()',
      ],
    ],
  },
  app_definer: {
    usage: ['schema public'],
    select: [...TABLES, 'plan_reads', 'stream_tickets', 'erasures', 'log_epoch'],
    insert: [...TABLES, 'plan_reads', 'stream_tickets', 'erasures'],
    update: ['user_heads', 'records', 'missions', 'spending', 'plan_reads', 'stream_tickets', 'log_epoch'],
    delete: [...TABLES, 'plan_reads', 'stream_tickets'],
  },
};
