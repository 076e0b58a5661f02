import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../support/until.ts';
import List from './windowed-list.svelte';

type Report = (entries: { target: Element; isIntersecting: boolean; boundingClientRect: { height: number } }[]) => void;
let report: Report;
let watched: Element[];

beforeEach(() => {
  watched = [];
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(callback: Report) {
        report = callback;
      }
      observe(element: Element) {
        watched.push(element);
      }
      unobserve() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const things = (count: number) => Array.from({ length: count }, (_, index) => `Thing ${index}`);
const rows = () => screen.getAllByRole('listitem').map(({ textContent }) => textContent?.trim());
const see = (block: number, isIntersecting: boolean) =>
  report([{ target: watched[block] as Element, isIntersecting, boundingClientRect: { height: 1_234 } }]);

describe('a list of many rows', () => {
  it('has those near the window in the page, and says how many there are', () => {
    render(List, { items: things(10_000) });
    expect(rows().length).toBeLessThan(100);
    expect(rows()[0]).toBe('Thing 0');
    expect(screen.getByRole('list', { name: 'Things' })).toBeDefined();
    expect(screen.getAllByRole('listitem')[1]?.getAttribute('aria-posinset')).toBe('2');
    expect(screen.getAllByRole('listitem')[1]?.getAttribute('aria-setsize')).toBe('10000');
  });

  it('makes the rows that come near, and keeps the place of those that go', async () => {
    render(List, { items: things(1_000) });
    see(watched.length - 1, true);
    await until(() => rows().at(-1) === 'Thing 999');
    see(0, false);
    await until(() => !rows().includes('Thing 0'));
    expect((watched[0] as HTMLElement).style.height).toBe('1234px');
    expect((watched[5] as HTMLElement).style.height).toMatch(/^\d+px$/);
  });

  it('keeps what has the focus', async () => {
    render(List, { items: things(1_000) });
    const first = screen.getAllByRole('listitem')[0] as HTMLElement;
    first.tabIndex = -1;
    first.focus();
    see(0, false);
    see(watched.length - 1, true);
    await until(() => rows().at(-1) === 'Thing 999');
    expect(rows()[0]).toBe('Thing 0');
    expect(document.activeElement).toBe(first);
  });

  it('is there with nothing in it', () => {
    render(List, { items: [] });
    expect(screen.queryAllByRole('listitem')).toEqual([]);
  });
});
