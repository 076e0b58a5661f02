import { breakFunction } from '../break-function.ts';
import { byScenario } from '../catchers/by-scenario.ts';
import type { Control } from '../harness/control.ts';
import { cutPushes } from '../scenarios/cut-pushes.ts';

export const noEventId: Control = {
  name: 'no-event-id',
  broken: 'The log takes whatever comes, also what it has already.',
  ...byScenario(cutPushes, {
    law: 'acknowledged_once',
    rounds: 8,
    async breakWorld({ admin }) {
      await admin.query('alter table sync_changes drop constraint sync_changes_event');
      await breakFunction(admin, 'admit_change', {
        'select * into v_logged from sync_changes where user_id = new.user_id and id = new.id;\n    if found then':
          'if false then',
      });
    },
  }),
};
