import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import SearchSelect from '../../../src/web/components/search-select.svelte';

const OPTIONS = ['Europe/Berlin', 'Europe/Paris', 'America/New York'].map((label) => ({ value: label, label }));

function renderSelect(over: object = {}) {
  const onchoose = vi.fn();
  render(SearchSelect, {
    ...{ label: 'Time zone', options: OPTIONS, chosen: ['Europe/Paris'], value: 'Europe/Paris', onchoose },
    ...{ noneFound: 'None has these words.', more: (count: number) => `${count} more` },
    ...over,
  });
  return { onchoose, field: screen.getByRole<HTMLInputElement>('combobox', { name: 'Time zone' }) };
}
const shown = () => screen.queryAllByRole('option').map((option) => option.textContent?.trim());
const active = (field: HTMLElement) =>
  document.getElementById(field.getAttribute('aria-activedescendant') ?? '')?.textContent?.trim();

test('shows what is chosen, and nothing else until it is opened', () => {
  const { field } = renderSelect();
  expect(field.value).toBe('Europe/Paris');
  expect(field.getAttribute('aria-expanded')).toBe('false');
  expect(shown()).toEqual([]);
});

test('opens with the arrow, at what is chosen', async () => {
  const { field } = renderSelect();
  await fireEvent.keyDown(field, { key: 'ArrowDown' });
  expect(field.getAttribute('aria-expanded')).toBe('true');
  expect(shown()).toHaveLength(3);
  expect(active(field)).toBe('Europe/Paris');
  expect(screen.getByRole('option', { selected: true }).textContent).toContain('Europe/Paris');
});

test('what is typed narrows the list, and Enter chooses', async () => {
  const { field, onchoose } = renderSelect();
  await fireEvent.input(field, { target: { value: 'york' } });
  expect(shown()).toEqual(['America/New York']);
  await fireEvent.keyDown(field, { key: 'Enter' });
  expect(onchoose.mock.calls).toEqual([['America/New York']]);
  expect(field.getAttribute('aria-expanded')).toBe('false');
});

test('the arrows go around', async () => {
  const { field } = renderSelect();
  await fireEvent.input(field, { target: { value: 'europe' } });
  expect(active(field)).toBe('Europe/Berlin');
  await fireEvent.keyDown(field, { key: 'ArrowUp' });
  expect(active(field)).toBe('Europe/Paris');
  await fireEvent.keyDown(field, { key: 'ArrowDown' });
  expect(active(field)).toBe('Europe/Berlin');
});

test('Escape and leaving give back what was chosen, and choose nothing', async () => {
  const { field, onchoose } = renderSelect();
  await fireEvent.input(field, { target: { value: 'berlin' } });
  await fireEvent.keyDown(field, { key: 'Escape' });
  expect([field.value, shown()]).toEqual(['Europe/Paris', []]);
  await fireEvent.input(field, { target: { value: 'berlin' } });
  await fireEvent.blur(field);
  expect([field.value, shown()]).toEqual(['Europe/Paris', []]);
  expect(onchoose).not.toHaveBeenCalled();
});

test('Enter is left to the form while the list is closed', async () => {
  const { field } = renderSelect();
  expect(await fireEvent.keyDown(field, { key: 'Enter' })).toBe(true);
  await fireEvent.keyDown(field, { key: 'ArrowDown' });
  expect(await fireEvent.keyDown(field, { key: 'Enter' })).toBe(false);
});

test('a pointer chooses too', async () => {
  const { field, onchoose } = renderSelect();
  await fireEvent.click(field);
  await fireEvent.click(screen.getByRole('option', { name: 'Europe/Berlin' }));
  expect(onchoose.mock.calls).toEqual([['Europe/Berlin']]);
});

test('says where nothing is found, and how many more there are', async () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ value: `${index}`, label: `Task ${index}` }));
  const { field } = renderSelect({ options: many, chosen: [], value: '' });
  await fireEvent.input(field, { target: { value: 'task' } });
  expect(screen.getByText('10 more')).toBeTruthy();
  await fireEvent.input(field, { target: { value: 'nowhere' } });
  expect(screen.getByText('None has these words.')).toBeTruthy();
  expect(field.getAttribute('aria-activedescendant')).toBeNull();
});
