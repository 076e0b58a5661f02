import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';
import { i18n } from '../../../src/web/i18n/i18n.svelte.ts';
import type { StaleRecord } from '../../../src/web/proposals/read-stale.ts';
import StaleNote from '../../../src/web/proposals/stale-note.svelte';

afterEach(() => {
  cleanup();
  i18n.choose('en');
});

const changed: StaleRecord = { name: '<b>Budget</b>', what: 'changed', fields: ['title', 'contentMarkdown', 'colour'] };
const deleted: StaleRecord = { name: 'Flat', what: 'deleted', fields: [] };
const appeared: StaleRecord = { name: 'Boxes', what: 'appeared', fields: [] };
const lines = () => screen.queryAllByRole('listitem').map(({ textContent }) => textContent?.trim());

it('names each record, and the fields as the interface calls them', () => {
  i18n.choose('en');
  render(StaleNote, { records: [changed, deleted, appeared] });
  expect(lines()).toEqual([
    'Out of date: “<b>Budget</b>”, Title, Text, colour changed since.',
    'Out of date: “Flat” was deleted since.',
    'Out of date: “Boxes” was not there then.',
  ]);
});

it('says so in German', () => {
  i18n.choose('de');
  render(StaleNote, { records: [{ ...changed, name: 'Budget', fields: ['title'] }, deleted] });
  expect(lines()).toEqual([
    'Nicht mehr aktuell: „Budget“, Titel seither geändert.',
    'Nicht mehr aktuell: „Flat“ wurde seither gelöscht.',
  ]);
});

it('counts what would hide the proposal, and is not there when nothing changed', async () => {
  i18n.choose('en');
  const { rerender } = render(StaleNote, { records: Array.from({ length: 9 }, () => deleted) });
  expect(lines()).toHaveLength(4);
  expect(lines().at(-1)).toBe('And 6 more.');
  await rerender({ records: [] });
  expect(screen.queryByRole('list')).toBeNull();
});
