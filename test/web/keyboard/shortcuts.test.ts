import { afterEach, beforeEach, expect, it } from 'vitest';
import { shortcuts } from '../../../src/web/keyboard/shortcuts.svelte.ts';

let done: string[];
let stops: (() => void)[];
const shortcut = (keys: string, says = keys) => ({ keys, label: () => says, run: () => void done.push(says) });

beforeEach(() => {
  done = [];
  stops = [shortcuts.start(), shortcuts.add([shortcut('g i'), shortcut('?')], 'everywhere')];
  document.body.innerHTML =
    '<input id="text"><input id="box" type="checkbox"><textarea></textarea><button></button><div role="dialog"><button id="in-dialog"></button></div><div contenteditable></div>';
});
afterEach(() => {
  for (const stop of stops) stop();
});

function press(key: string, selector = 'body', init: KeyboardEventInit = {}) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  document.querySelector(selector)?.dispatchEvent(event);
  return event;
}

it('do what they are for, and the browser does not', () => {
  expect(press('?').defaultPrevented).toBe(true);
  expect(press('g').defaultPrevented).toBe(false);
  expect(press('i').defaultPrevented).toBe(true);
  expect(done).toEqual(['?', 'g i']);
});

it('of a page count as long as it is shown, and before those of everywhere', () => {
  const stop = shortcuts.add([shortcut('j'), shortcut('?', 'of the page')]);
  expect(shortcuts.of('page').map(({ keys }) => keys)).toEqual(['j', '?']);
  expect(shortcuts.of('everywhere').map(({ keys }) => keys)).toEqual(['g i', '?']);
  press('j');
  press('?');
  stop();
  press('j');
  press('?');
  expect(shortcuts.of('page')).toEqual([]);
  expect(done).toEqual(['j', 'of the page', '?']);
});

it.each(['#text', 'textarea', '#in-dialog', '[contenteditable]'])(
  'are left to %s when it has the focus',
  (selector) => {
    press('?', selector);
    expect(done).toEqual([]);
  },
);

it.each(['#box', 'button'])('work while %s has the focus', (selector) => {
  press('?', selector);
  expect(done).toEqual(['?']);
});

it.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }])('are not those of the browser: %j', (init) => {
  press('?', 'body', init);
  expect(done).toEqual([]);
});

it('are typed with Shift where the keyboard has them there', () => {
  press('Shift', 'body', { shiftKey: true });
  press('?', 'body', { shiftKey: true });
  expect(done).toEqual(['?']);
});

it('are not taken from somebody who took the key already', () => {
  document.body.addEventListener('keydown', (event) => event.preventDefault(), { once: true });
  press('?');
  expect(done).toEqual([]);
});
