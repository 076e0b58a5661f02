import type { Database } from '../../src/database/database.ts';
import type { Catcher } from '../harness/control.ts';
import { interleave, RaceLost } from '../interleavings/interleave.ts';
import { openRaceWorld } from '../interleavings/open-race-world.ts';
import { races } from '../interleavings/races.ts';

/** A race whose operations work on a broken database; some order must break a law, in these words. */
export function byRace(name: string, { says, broken }: { says: RegExp; broken(db: Database): Database }): Catcher {
  return {
    by: `every order of: ${name}`,
    async attack({ server }) {
      const race = races.find((one) => one.name === name);
      if (!race) throw new Error(`there is no race "${name}"`);
      const sessions = race.sessions.map<(typeof race.sessions)[number]>(
        (operation) => (db, user, prepared) => operation(broken(db), user, prepared),
      );
      const world = await openRaceWorld(server.adminUrl);
      try {
        await interleave({ ...race, sessions }, world);
        return null;
      } catch (error) {
        if (!(error instanceof RaceLost)) throw error;
        return says.test(error.message) ? error.message : null;
      } finally {
        await world.close();
      }
    },
  };
}
