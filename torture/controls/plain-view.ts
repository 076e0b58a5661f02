import { checkCatalog } from '../../src/doctor/check-catalog.ts';
import type { Control } from '../harness/control.ts';
import { openRaceWorld } from '../interleavings/open-race-world.ts';

export const plainView: Control = {
  name: 'plain-view',
  broken: 'A view reads with the rights of its owner, who sees the rows of all.',
  by: 'the catalogue by the doctor: isolation',
  async attack({ server }) {
    const { admin, close } = await openRaceWorld(server.adminUrl);
    try {
      await admin.query('alter view tasks set (security_invoker = false)');
      const checks = await checkCatalog(async <Row>(text: string) => (await admin.query(text)).rows as Row[], 'pglite');
      const fault = checks.find(({ name, status }) => name === 'isolation' && status === 'error');
      return fault?.found ?? null;
    } finally {
      await close();
    }
  },
};
