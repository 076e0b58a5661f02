import type { Attachment } from 'svelte/attachments';
import { on } from 'svelte/events';

/** Puts the focus into the first field of a form; Escape leaves it, and Ctrl+Enter sends it from within a text too. */
export function formKeys(leave: () => void): Attachment<HTMLFormElement> {
  return (form) => {
    // Not before a dialog around the form has seen where the focus was, since it goes back there.
    queueMicrotask(() => form.querySelector<HTMLElement>('input, textarea, select, [role="spinbutton"]')?.focus());
    return on(form, 'keydown', (event) => {
      if (event.defaultPrevented) return;
      const isSend = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
      if (event.key !== 'Escape' && !isSend) return;
      event.preventDefault();
      if (isSend) form.requestSubmit();
      else leave();
    });
  };
}
