import type pg from 'pg';
import { breakFunction } from './break-function.ts';

/** For a control: positions are counted on from the head as it was read, and nobody waits for anybody. */
export async function unlockLog(admin: pg.ClientBase | pg.Pool): Promise<void> {
  await admin.query('alter table sync_changes drop constraint sync_changes_user_id_position_pk');
  await breakFunction(admin, 'take_log_head', {
    'where user_id = v_user_id for update;\n  if not found': 'where user_id = v_user_id;\n  if not found',
  });
  await breakFunction(admin, 'lock_log', { ' for update': '' });
  await breakFunction(admin, 'fold_changes', {
    'and position = v_first - 1 and v_last - v_first + 1 = v_count\n      and link = v_link and v_links = 1 and v_linked = v_first':
      '',
  });
}
