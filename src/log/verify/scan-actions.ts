import type { CheckedChange } from '../../core/log/verify/check-actions.ts';
import type { Database, Session } from '../../database/database.ts';

/** Reads what the checks of the AI's actions need of the log of the session's user, in the order of its positions. */
export function scanActions(
  db: Database,
  session: Session,
  onChanges: (changes: CheckedChange[]) => void,
): Promise<void> {
  return db.scan(session, ACTIONS, (rows) => {
    onChanges(
      rows.map((row) => {
        const [position, appId, tableName, recordId, op, data, times, clientId, actor] = row as Columns;
        return {
          ...{ position: Number(position), appId, tableName, recordId, op: op as CheckedChange['op'], clientId },
          data: JSON.parse(data) as CheckedChange['data'],
          fieldTimestamps: JSON.parse(times) as Record<string, string>,
          actor: JSON.parse(actor) as CheckedChange['actor'],
        };
      }),
    );
  });
}

type Columns = [string, string, string, string, string, string, string, string, string];

const ACTIONS = `
  select position::text, app_id, table_name, record_id, op, data::text, field_timestamps::text, client_id, actor::text
  from sync_changes
  where user_id = current_user_id() and (app_id = 'ai' or actor ->> 'kind' = 'ai')
  order by sync_changes.position`;
