import type { Attachment } from 'svelte/attachments';
import { on } from 'svelte/events';

const ROW = '[data-row]';
const CONTROLS = 'input, button, a[href], select, textarea';

/**
 * Keeps the focus in a list: when the row (`data-row`) that has it leaves, the row that takes its place gets it, or the one
 * before, or the heading of the page when none is left. A row that can be focused gets it itself, another one its first
 * control.
 */
export const keepFocus: Attachment<HTMLElement> = (list) => {
  let held: { row: Element; index: number } | null = null;
  const rows = () => [...list.querySelectorAll<HTMLElement>(`${ROW}:not([inert])`)];

  const off = on(document, 'focusin', ({ target }) => {
    const row = target instanceof Element && list.contains(target) ? target.closest<HTMLElement>(ROW) : null;
    held = row && { row, index: rows().indexOf(row) };
  });

  const observer = new MutationObserver(() => {
    if (!held) return;
    const isHere = held.row.isConnected && !held.row.matches('[inert]');
    if (isHere) held.index = rows().indexOf(held.row as HTMLElement);
    // Where something else has taken the focus, such as a dialog, it stays there.
    else if (isFocusLost(held.row)) focusRow(held.index);
  });
  observer.observe(list, { childList: true, subtree: true, attributes: true, attributeFilter: ['inert'] });

  function focusRow(index: number): void {
    held = null;
    const left = rows();
    const row = left[Math.min(index, left.length - 1)];
    const target = row?.matches('[tabindex]') ? row : row?.querySelector<HTMLElement>(CONTROLS);
    (target ?? document.querySelector<HTMLElement>('h1'))?.focus();
  }

  return () => {
    off();
    observer.disconnect();
  };
};

function isFocusLost(row: Element): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || row.contains(activeElement);
}
