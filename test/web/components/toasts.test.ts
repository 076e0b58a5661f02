import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import ToastList from '../../../src/web/components/toast-list.svelte';
import { toasts } from '../../../src/web/components/toasts.svelte.ts';

beforeEach(() => {
  vi.useFakeTimers();
  render(ToastList);
});
afterEach(() => {
  for (const { id } of toasts.shown) toasts.dismiss(id);
  cleanup();
  vi.useRealTimers();
});

it('reads notes out when there is time, errors at once', async () => {
  toasts.note('Saved');
  toasts.error('The disk is full');
  await tick();
  expect(screen.getByRole('status').textContent).toContain('Saved');
  expect(screen.getByRole('alert').textContent).toContain('The disk is full');
});

it('lets a note go by itself, and an error only when it is dismissed', async () => {
  toasts.note('Saved');
  toasts.error('The disk is full');
  await vi.advanceTimersByTimeAsync(7_000);
  expect(screen.queryByText('Saved')).toBeNull();
  await fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(screen.queryByText('The disk is full')).toBeNull();
});

it.each([
  ['pointerenter', 'pointerleave'],
  ['focusin', 'focusout'],
])('holds what is read: from %s to %s', async (from, to) => {
  toasts.note('Saved');
  await tick();
  const region = screen.getByRole('region', { name: 'Notifications' });
  await vi.advanceTimersByTimeAsync(6_900);
  await fireEvent(region, new Event(from, { bubbles: true }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(screen.getByText('Saved')).toBeTruthy();
  await fireEvent(region, new Event(to, { bubbles: true }));
  await vi.advanceTimersByTimeAsync(6_900);
  expect(screen.getByText('Saved')).toBeTruthy();
  await vi.advanceTimersByTimeAsync(100);
  expect(screen.queryByText('Saved')).toBeNull();
});

it('does what the action says, once', async () => {
  const undo = vi.fn();
  toasts.note('Approved', { label: 'Undo', run: undo });
  await tick();
  await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
  expect(undo).toHaveBeenCalledOnce();
  expect(screen.queryByText('Approved')).toBeNull();
});
