import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import Fields from './fields.svelte';
import { formValues } from './form-values.svelte.ts';

afterEach(cleanup);

function open(due = '') {
  const values = formValues(due);
  render(Fields, { values });
  return values;
}

/** What a screen reader says of a field after its name. */
const description = (field: HTMLElement) =>
  document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent;

describe('a field', () => {
  it('is named by its label, described by its hint, and passes attributes on', () => {
    open();
    const title = screen.getByLabelText<HTMLInputElement>('Title');
    expect(description(title)).toBe('In a few words');
    expect(title.maxLength).toBe(200);
    expect(title.getAttribute('aria-invalid')).toBeNull();
  });

  it('with a fault says so in place of its hint', () => {
    open();
    const concept = screen.getByLabelText('Concept');
    expect(description(concept)).toBe('is too long; take something out');
    expect(concept.getAttribute('aria-invalid')).toBe('true');
    expect(screen.queryByText('Markdown')).toBeNull();
  });

  it('gives what was written, and shows what it is given', async () => {
    const values = open();
    await fireEvent.input(screen.getByLabelText('Title'), { target: { value: 'Lisbon' } });
    await fireEvent.click(screen.getByLabelText('Done'));
    await fireEvent.click(screen.getByRole('radio', { name: /Open/ }));
    expect(values).toMatchObject({ title: 'Lisbon', done: true, filter: 'open' });
    values.title = 'Porto';
    values.filter = 'all';
    values.cadence = 'manual';
    await tick();
    expect(screen.getByLabelText<HTMLInputElement>('Title').value).toBe('Porto');
    expect(screen.getByLabelText<HTMLInputElement>('All').checked).toBe(true);
    expect(screen.getByLabelText<HTMLSelectElement>('Cadence').value).toBe('manual');
  });
});

describe('a date', () => {
  const shown = () => screen.getAllByRole('spinbutton').map((part) => part.textContent);

  it('is shown in its parts, and can be taken away', async () => {
    const values = open('2026-12-24');
    expect(shown()).toEqual(['12', '24', '2026']);
    await fireEvent.click(screen.getByRole('button', { name: 'Clear the date' }));
    expect(values.due).toBe('');
    expect(shown()).toEqual(['mm', 'dd', 'yyyy']);
    expect(screen.queryByRole('button', { name: 'Clear the date' })).toBeNull();
  });

  it('is changed part by part with the keyboard', async () => {
    const values = open('2026-12-24');
    const [month] = screen.getAllByRole('spinbutton');
    await fireEvent.keyDown(month as HTMLElement, { key: 'ArrowDown' });
    expect(values.due).toBe('2026-11-24');
  });

  it.each(['', '2026-02-30', 'tomorrow'])('that is none (%j) is an empty field', (due) => {
    open(due);
    expect(shown()).toEqual(['mm', 'dd', 'yyyy']);
  });
});
