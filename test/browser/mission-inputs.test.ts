// A mission and what it is made from: its card says what changed since, and where it is asked to, it is planned again.

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { addTask, cardOf, fillMission, saveMission, taskOf } from './support/person.ts';
import { planOf } from './support/plan.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld();
const MILK = 'Create the task “Buy milk”';
const OATS = 'Create the task “Buy oats”';

it('an edited input is told on the card; where the mission asks for it, it is planned anew', async () => {
  world.model.script(planOf({ title: 'Buy milk' }));
  world.model.setDefault(planOf({ title: 'Buy oats' }));
  const device = await world.newDevice();
  const todo = await device.openTab('/todo');
  await addTask(todo, 'Eat');
  const missions = await device.openTab('/companion/missions/new');
  const mission = { title: 'Breakfast', concept: 'See the task.' };
  await fillMission(missions, mission);
  await missions.getByRole('combobox', { name: 'Inputs' }).fill('Eat');
  await missions.getByRole('option', { name: 'Eat' }).click();
  await saveMission(missions, mission);
  await cardOf(todo, MILK).waitFor();

  await rename(todo, 'Eat', 'Eat well');
  await cardOf(todo, MILK).getByText('Out of date: “Eat well”, Title changed since.').waitFor();

  await missions.getByRole('link', { name: 'Edit' }).click();
  await missions.getByRole('checkbox', { name: 'Plan again when an input changes' }).check();
  await missions.getByRole('button', { name: /^Save/ }).click();
  await missions.getByRole('heading', { level: 1, name: 'Breakfast' }).waitFor();
  await rename(todo, 'Eat well', 'Eat more');
  await cardOf(todo, OATS).waitFor();
  await cardOf(todo, MILK).waitFor({ state: 'detached' });
  expect(await cardOf(todo, OATS).getByText('Out of date').count()).toBe(0);
});

async function rename(page: Page, title: string, to: string): Promise<void> {
  await taskOf(page, title)
    .getByRole('button', { name: new RegExp(`^${title} ?:`) })
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Title' }).fill(to);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await taskOf(page, to).waitFor();
}
