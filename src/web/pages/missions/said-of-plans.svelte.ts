import { session } from '../../session/session.svelte.ts';
import type { MissionOverview } from './list-missions.ts';

/**
 * The missions of which the service says that nothing is planned, although their records look as if: a write that left
 * everything as it was is no want, and only the log knows. Asked once for each change of what seems to be wanted. To be
 * made while a component is set up.
 *
 * Not told from the replica: of a field it holds the newest write alone, and neither what stood there before (so a write
 * of the same title looks like an edit) nor, of an iteration, more than the position that it saw. Numbers of wants would
 * not help: an iteration bears the want that it answers, and how many were raised since is the fold's to count.
 */
export class KnownIdle {
  #ids = $state.raw<ReadonlySet<string>>(new Set());

  constructor(overviews: () => readonly MissionOverview[]) {
    const wanted = $derived(
      overviews()
        .flatMap(({ mission, want }) => (want && want.position !== null ? `${mission.id} ${want.position}` : []))
        .join(),
    );
    const isConnected = $derived(session.sync.name === 'live');
    $effect(() => {
      this.#ids = new Set();
      if (wanted === '' || !isConnected) return;
      let isCurrent = true;
      void session.ask<{ missions: { id: string; planning: string }[] }>('/api/missions?limit=200').then((answer) => {
        if (!isCurrent || !answer.ok) return;
        this.#ids = new Set(answer.body.missions.filter(({ planning }) => planning === 'idle').map(({ id }) => id));
      });
      return () => {
        isCurrent = false;
      };
    });
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}
