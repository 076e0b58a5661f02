import { setTimeout as delay } from 'node:timers/promises';
import type { Told } from '../checker/evidence.ts';
import { tokenOf } from './services.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 5_000;
const MOST_TRIES = 400;

/** Decides the oldest proposals that are open, of each user so many, and again while it is not known what came of it. */
export async function decideOldest(world: World, count: number): Promise<void> {
  const { rows } = await world.admin.query<{ user: string; id: string }>(
    `select user_id as user, record_id as id from (
       select *, row_number() over (partition by user_id order by first_position) as nth from records
       where app_id = 'ai' and table_name = 'aiProposals' and data ->> 'status' = 'pending') open
     where nth <= $1`,
    [count],
  );
  await Promise.all(rows.map(({ user, id }) => decide(world, user, id)));
}

async function decide(world: World, user: string, proposalId: string): Promise<void> {
  const decision = world.chance(`decision on ${user} ${proposalId}`).pick(['approve', 'reject'] as const);
  const told: Told[] = [];
  world.decided.push({ user, proposalId, decision, told });
  const url = `http://127.0.0.1:${world.front.port}/api/proposals/${encodeURIComponent(proposalId)}/decision`;
  const headers = { Authorization: `Bearer ${await tokenOf(user)}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ decision });
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_MS) })
      .then(
        async (response): Promise<Told> => {
          await response.arrayBuffer();
          if (response.ok) return 'acknowledged';
          return response.status < 500 ? 'refused' : 'unknown';
        },
        (): Told => 'unknown',
      )
      .catch((): Told => 'unknown');
    told.push(answer);
    world.tally.add(`decisions ${answer}`);
    if (answer !== 'unknown') return;
    await delay(25);
  }
}
