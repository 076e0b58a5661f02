import { channel } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { MILESTONES, reachMilestone } from '../src/reach-milestone.ts';

test('whoever has subscribed is told of a milestone at once, and of no other', () => {
  const told: string[] = [];
  const listen = (_: unknown, name: string | symbol) => void told.push(String(name));
  reachMilestone('claimed');
  channel('pg-missions:claimed').subscribe(listen);
  reachMilestone('push_committed');
  reachMilestone('claimed');
  expect(told).toEqual(['pg-missions:claimed']);
  channel('pg-missions:claimed').unsubscribe(listen);
  reachMilestone('claimed');
  expect(told).toHaveLength(1);
  expect(new Set(MILESTONES).size).toBe(MILESTONES.length);
});
