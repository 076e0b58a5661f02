import { breakFunction } from '../break-function.ts';
import type { Control } from '../harness/control.ts';
import { cutPushes } from '../scenarios/cut-pushes.ts';

/** The log takes whatever comes, also what it has already. */
export const noEventId: Control = {
  name: 'no-event-id',
  scenario: cutPushes,
  rounds: 8,
  breaks: 'acknowledged_once',
  async breakWorld(world) {
    await world.admin.query('alter table sync_changes drop constraint sync_changes_event');
    await breakFunction(world.admin, 'admit_change', {
      'select * into v_logged from sync_changes where user_id = new.user_id and id = new.id;\n    if found then':
        'if false then',
    });
  },
};
