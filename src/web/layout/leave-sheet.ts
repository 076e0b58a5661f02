/** Closes the sheet of a small window that something was pressed in: it lies above everything else, dialogs too. */
export function leaveSheet({ currentTarget }: { currentTarget: EventTarget | null }): void {
  if (currentTarget instanceof Element) currentTarget.closest<HTMLElement>('[popover]')?.hidePopover();
}
