import { breakFunction } from '../break-function.ts';
import { byScenario } from '../catchers/by-scenario.ts';
import type { Control } from '../harness/control.ts';
import { cutPushes } from '../scenarios/cut-pushes.ts';

export const noStatementLock: Control = {
  name: 'no-statement-lock',
  broken: 'Positions are counted on from the head as it was read, and nobody waits for anybody.',
  ...byScenario(cutPushes, {
    law: 'positions_contiguous',
    rounds: 8,
    async breakWorld({ admin }) {
      await admin.query('alter table sync_changes drop constraint sync_changes_user_id_position_pk');
      await breakFunction(admin, 'take_log_head', {
        'where user_id = v_user_id for update;\n  if not found': 'where user_id = v_user_id;\n  if not found',
      });
      await breakFunction(admin, 'lock_log', { ' for update': '' });
      await breakFunction(admin, 'fold_changes', {
        'and position = v_first - 1 and v_last - v_first + 1 = v_count\n      and link = v_link and v_links = 1 and v_linked = v_first':
          '',
      });
    },
  }),
};
