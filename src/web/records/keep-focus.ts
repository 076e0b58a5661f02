import type { Attachment } from 'svelte/attachments';
import { on } from 'svelte/events';

const ROW = '[data-row]';
const CONTROLS = 'input, button, a[href], select, textarea';

/** Where the focus is in a list, or was before it went into a dialog. */
interface Held {
  row: HTMLElement;
  /** What of the row has it. */
  control: Element;
  index: number;
  isInDialog: boolean;
}

/**
 * Keeps the focus in a list. When the row (`data-row`, with its key) that has it leaves, the row that takes its place gets
 * it, or the one before, or the heading of the page when none is left; when the row moves, or only loses what had the focus,
 * it keeps it. The same after a dialog that was opened from a row. A row that can be focused gets it itself, another one
 * its first control; the two kinds do not take each other's place.
 */
export const keepFocus: Attachment<HTMLElement> = (list) => {
  let held: Held | null = null;
  const rowsLike = (row: HTMLElement) =>
    [...list.querySelectorAll<HTMLElement>(`${ROW}:not([inert])`)].filter(
      (one) => isFocusable(one) === isFocusable(row),
    );

  const off = on(document, 'focusin', ({ target }) => {
    if (!(target instanceof Element)) return;
    const row = list.contains(target) ? target.closest<HTMLElement>(ROW) : null;
    if (row) held = { row, control: target, index: rowsLike(row).indexOf(row), isInDialog: false };
    else if (held && target.closest('[role="dialog"]')) held.isInDialog = true;
    else held = null;
  });

  const observer = new MutationObserver((mutations) => {
    if (!held) return;
    const { row, control } = held;
    const isHere = row.isConnected && !row.matches('[inert]');
    const isMoved = mutations.some(({ removedNodes }) => [...removedNodes].some((node) => node.contains(control)));
    if (isFocusLost(row) && (!isHere || isMoved || held.isInDialog)) restore(held);
    else if (isHere) held.index = rowsLike(row).indexOf(row);
  });
  observer.observe(list, { childList: true, subtree: true, attributes: true, attributeFilter: ['inert'] });
  // Where dialogs stand.
  observer.observe(document.body, { childList: true });

  function restore({ row: gone, index }: Held): void {
    held = null;
    const left = rowsLike(gone);
    const { row: key } = gone.dataset;
    const row = left.find(({ dataset }) => dataset.row === key) ?? left[Math.max(Math.min(index, left.length - 1), 0)];
    const target = row && (isFocusable(row) ? row : row.querySelector<HTMLElement>(CONTROLS));
    (target ?? document.querySelector<HTMLElement>('h1'))?.focus();
  }

  return () => {
    off();
    observer.disconnect();
  };
};

/** Whether nothing has the focus: where something else took it, such as a dialog, it stays there. */
function isFocusLost(row: Element): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || row.contains(activeElement);
}

function isFocusable(row: HTMLElement): boolean {
  return row.matches('[tabindex]');
}
