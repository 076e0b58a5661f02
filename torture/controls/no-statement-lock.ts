import { breakFunction } from '../break-function.ts';
import type { Control } from '../harness/control.ts';
import { cutPushes } from '../scenarios/cut-pushes.ts';

/** Positions are counted on from the head as it was read, and nobody waits for anybody. */
export const noHeadLock: Control = {
  name: 'no-head-lock',
  scenario: cutPushes,
  rounds: 8,
  breaks: 'positions_contiguous',
  async breakWorld(world) {
    await world.admin.query('alter table sync_changes drop constraint sync_changes_user_id_position_pk');
    await breakFunction(world.admin, 'take_log_head', {
      'where user_id = v_user_id for update;\n  if not found': 'where user_id = v_user_id;\n  if not found',
    });
    await breakFunction(world.admin, 'lock_log', { ' for update': '' });
    await breakFunction(world.admin, 'fold_changes', {
      'and position = v_first - 1 and v_last - v_first + 1 = v_count\n      and link = v_link and v_links = 1 and v_linked = v_first':
        '',
    });
  },
};
