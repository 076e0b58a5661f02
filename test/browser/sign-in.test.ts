// A service that wants tokens: whose page it is, and what is left on the device of whom.
import { SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { audit } from './support/audit.ts';
import { addTask, taskOf } from './support/person.ts';
import { useWorld } from './support/use-world.ts';

const SECRET = 'a secret of thirty-two bytes or more';
const world = useWorld({ tokenSecret: SECRET });

const tokenOf = (user: string) =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));

it('asks for a token, says what is wrong with one, and stays signed in over a reload', async () => {
  const device = await world.newDevice();
  const page = await device.openTab('/todo');
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(await audit(page)).toEqual([]);
  await page.getByRole('textbox', { name: 'Token' }).fill('nonsense');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This token does not count').waitFor();
  await page.getByRole('textbox', { name: 'Token' }).fill(await tokenOf('anna'));
  await page.keyboard.press('Enter');
  await addTask(page, 'Anna was here');
  await page.reload();
  await taskOf(page, 'Anna was here').waitFor();
});

it("takes a token that is handed over, keeps it out of the address, and shows nobody what is another person's", async () => {
  const device = await world.newDevice();
  const page = await device.openTab(`/todo#token=${await tokenOf('anna')}`);
  expect(new URL(page.url()).hash).toBe('');
  await addTask(page, 'Anna was here');
  await page.getByText('In sync').waitFor();

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alert').getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))).toEqual([]);

  await page.getByRole('textbox', { name: 'Token' }).fill(await tokenOf('ben'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Todo' }).waitFor();
  await page.getByText('In sync').waitFor();
  expect(await taskOf(page, 'Anna was here').count()).toBe(0);

  const again = await (await world.newDevice()).openTab(`/todo#token=${await tokenOf('anna')}`);
  await taskOf(again, 'Anna was here').waitFor();
});
