import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import KeptRows from './kept-rows.svelte';

afterEach(cleanup);

const focused = () => document.activeElement?.textContent;

describe('a row that has the focus and leaves', () => {
  it('gives it to the row that takes its place', async () => {
    const { rerender } = render(KeptRows, { rows: ['a', 'b', 'c'] });
    screen.getByRole('button', { name: 'b' }).focus();
    await rerender({ rows: ['a', 'c'] });
    await until(() => focused() === 'c');
    await rerender({ rows: ['a'] });
    await until(() => focused() === 'a');
  });

  it('gives it to the heading when it was the last', async () => {
    const { rerender } = render(KeptRows, { rows: ['a'] });
    screen.getByRole('button', { name: 'a' }).focus();
    await rerender({ rows: [] });
    await until(() => focused() === 'Heading');
  });

  it('gives it to a row itself, where rows can have it', async () => {
    const { rerender } = render(KeptRows, { rows: ['a', 'b'], focusable: true });
    screen.getByRole('button', { name: 'a' }).focus();
    await rerender({ rows: ['b'], focusable: true });
    await until(() => document.activeElement?.tagName === 'LI');
    expect(focused()).toBe('b');
  });

  it('takes it along when it only moves', async () => {
    const { rerender } = render(KeptRows, { rows: ['a', 'b', 'c'] });
    screen.getByRole('button', { name: 'a' }).focus();
    await rerender({ rows: ['b', 'c', 'a'] });
    await until(() => focused() === 'a');
  });

  it('gives it on after the dialog that was opened from it', async () => {
    const { rerender } = render(KeptRows, { rows: ['a', 'b'] });
    screen.getByRole('button', { name: 'a' }).focus();
    const dialog = document.createElement('div');
    dialog.setAttribute('role', 'dialog');
    const inside = document.createElement('button');
    dialog.append(inside);
    document.body.append(dialog);
    inside.focus();
    await rerender({ rows: ['b'] });
    expect(document.activeElement).toBe(inside);
    dialog.remove();
    await until(() => focused() === 'b');
  });

  it('does not take it from elsewhere', async () => {
    const { rerender } = render(KeptRows, { rows: ['a', 'b'] });
    screen.getByRole('button', { name: 'a' }).focus();
    screen.getByRole('button', { name: 'Elsewhere' }).focus();
    await rerender({ rows: ['b'] });
    expect(focused()).toBe('Elsewhere');
  });
});
