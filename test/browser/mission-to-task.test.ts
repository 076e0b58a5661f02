// The way of a mission: written, planned, decided, done, and told.
import { expect, it } from 'vitest';
import { audit } from './support/audit.ts';
import { approve, cardOf, isSameDocument, markDocument, taskOf, writeMission } from './support/person.ts';
import { planOf } from './support/plan.ts';
import { readLog } from './support/read-log.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld();
const MILK = 'Create the task “Buy milk”';

it('a mission becomes a card where its task would be, and the approved task says whose it is and why', async () => {
  world.model.setDefault(planOf({ title: 'Buy milk', rationale: 'There is no breakfast without it' }));
  const device = await world.newDevice();
  const todo = await device.openTab('/todo');
  await markDocument(todo);
  const missions = await device.openTab('/companion/missions');
  await writeMission(missions, { title: 'Eat breakfast', concept: 'Every day.' });

  await cardOf(todo, MILK).getByText('There is no breakfast without it').waitFor();
  await cardOf(todo, MILK).getByRole('link', { name: 'Eat breakfast' }).waitFor();
  expect(await taskOf(todo, 'Buy milk').count()).toBe(0);
  await approve(todo, MILK);
  const badge = taskOf(todo, 'Buy milk').getByRole('button', { name: 'by Eat breakfast' });
  await badge.waitFor();
  await cardOf(todo, MILK).waitFor({ state: 'detached' });
  expect(await isSameDocument(todo)).toBe(true);

  const effects = (await readLog(world.url)).filter(({ appId }) => appId === 'todo');
  expect(effects).toMatchObject([
    {
      op: 'insert',
      data: { title: 'Buy milk' },
      actor: { kind: 'ai', rationale: 'There is no breakfast without it', missionId: expect.any(String) },
    },
  ]);

  await badge.click();
  const why = todo.getByRole('dialog', { name: 'Buy milk' });
  await why.getByText('There is no breakfast without it').waitFor();
  await why.getByText('planned by scripted').waitFor();
  await why.getByText('Approved by you').waitFor();
  expect(await audit(todo)).toEqual([]);
  await todo.keyboard.press('Escape');
  await why.waitFor({ state: 'detached' });
  await todo.waitForFunction(() => document.activeElement?.textContent?.trim() === 'by Eat breakfast');

  await todo.getByRole('link', { name: 'Workbench' }).click();
  await todo.getByRole('region', { name: 'Eat breakfast' }).getByText('Created task').waitFor();
  expect(await audit(todo)).toEqual([]);
  await todo.getByRole('tab', { name: 'Plots' }).click();
  await todo.getByRole('img', { name: '1 proposal approved, 0 rejected.' }).waitFor();
  expect(await audit(todo)).toEqual([]);
  await todo.getByRole('tab', { name: 'Timeline' }).click();
  await todo.getByRole('link', { name: 'Buy milk' }).click();
  await why.getByRole('link', { name: 'Eat breakfast' }).click();
  await todo.getByRole('heading', { level: 1, name: 'Eat breakfast' }).waitFor();
});

it('an edited mission replaces its cards that nobody decided', async () => {
  world.model.script(planOf({ title: 'Buy milk' }, { title: 'Buy bread' }));
  world.model.setDefault(planOf({ title: 'Buy oats' }));
  const device = await world.newDevice();
  const todo = await device.openTab('/todo');
  const missions = await device.openTab('/companion/missions');
  await writeMission(missions, { title: 'Eat breakfast', concept: 'Bread and milk.' });
  await approve(todo, 'Create the task “Buy bread”');
  await taskOf(todo, 'Buy bread').waitFor();

  await missions.getByRole('link', { name: 'Edit' }).click();
  await missions.getByRole('textbox', { name: 'Concept' }).fill('Oats alone.');
  await missions.getByRole('button', { name: /^Save/ }).click();
  await cardOf(todo, 'Create the task “Buy oats”').waitFor();
  await cardOf(todo, MILK).waitFor({ state: 'detached' });
  await taskOf(todo, 'Buy bread').waitFor();

  const statuses = new Map<string, unknown>();
  for (const { table, id, fields } of await readLog(world.url)) {
    if (table === 'aiProposals' && fields.status) statuses.set(id.replace(/^.*-(?=\d+-\d+$)/, ''), fields.status.value);
  }
  expect(Object.fromEntries(statuses)).toEqual({ '1-0': 'superseded', '1-1': 'approved', '2-0': 'pending' });
});
