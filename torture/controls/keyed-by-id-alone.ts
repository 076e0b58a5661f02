import { USER } from '../../src/core/log/actor.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { breakFunction } from '../break-function.ts';
import type { Control } from '../harness/control.ts';
import { openRaceWorld } from '../interleavings/open-race-world.ts';

const TASK = { appId: 'todo', tableName: 'tasks', recordId: 'task-1', op: 'insert' as const, actor: USER };

export const keyedByIdAlone: Control = {
  name: 'keyed-by-id-alone',
  broken: 'Records are kept by their ids alone: who writes under the id of another person writes into their record.',
  by: 'verify',
  async attack({ server }) {
    const { admin, db, close } = await openRaceWorld(server.adminUrl);
    try {
      await admin.query(`alter table records drop constraint records_user_id_app_id_table_name_record_id_pk,
        add primary key (app_id, table_name, record_id)`);
      await breakFunction(admin, 'fold_range', {
        'case when p_first <= p_last then add_records(p_user_id, p_first, p_last) end': "'{}'",
        'on conflict (user_id, app_id, table_name, record_id)': 'on conflict (app_id, table_name, record_id)',
      });
      const users = ['ana', 'ben'];
      for (const user of users) {
        await withUser(db, user, (tx) => appendChanges(tx, user, [{ ...TASK, data: { title: `of ${user}` } }]));
      }
      const options = { registry: defaultRegistry, checkInterrupt: () => {}, onChanges: () => {} };
      const found = await Promise.all(users.map((user) => verifyUser(db, user, options)));
      return found.flatMap(({ violations }) => violations)[0]?.message ?? null;
    } finally {
      await close();
    }
  },
};
