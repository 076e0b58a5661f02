import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** A build that is broken on purpose: what shows that a scenario and its laws would notice. */
export interface Control {
  name: string;
  scenario: Scenario;
  rounds: number;
  /** The law that must be found broken. */
  breaks: string;
  breakWorld(world: World): Promise<void>;
}
