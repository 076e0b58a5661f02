import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import RecordDialog from '../../../src/web/records/record-dialog.svelte';
import { unsaved } from '../../../src/web/state/unsaved.svelte.ts';
import { until } from '../../support/until.ts';
import { useSession } from './use-session.ts';

const person = useSession();

function open() {
  const onclose = vi.fn();
  render(RecordDialog, { title: 'New place', toolName: 'create_place', onclose });
  return onclose;
}

const name = () => screen.getByLabelText('Name');
const write = (value: string) => fireEvent.input(name(), { target: { value } });

/** Whether the browser would ask before it closes the tab. */
function asksBeforeUnload(): boolean {
  const event = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
}

describe('a record that is written', () => {
  it('is left at once while nothing stands in it', async () => {
    const onclose = open();
    expect(unsaved.any).toBe(false);
    await fireEvent.keyDown(name(), { key: 'Escape' });
    await until(() => onclose.mock.calls.length === 1);
    expect(unsaved.isAsked).toBe(false);
  });

  it.each([
    ['Escape', () => fireEvent.keyDown(name(), { key: 'Escape' })],
    ['the cross', () => fireEvent.click(screen.getByRole('button', { name: 'Close' }))],
    ['Cancel', () => fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))],
  ])('asks before %s throws it away', async (_, leave) => {
    const onclose = open();
    await write('Bakery');
    await leave();
    await until(() => unsaved.isAsked);
    unsaved.answer(false);
    await tick();
    expect(onclose).not.toHaveBeenCalled();
    expect((name() as HTMLInputElement).value).toBe('Bakery');
    await leave();
    await until(() => unsaved.isAsked);
    unsaved.answer(true);
    await until(() => onclose.mock.calls.length === 1);
    expect(unsaved.any).toBe(false);
  });

  it('asks nothing any more where it was put back as it was', async () => {
    const onclose = open();
    await write('Bakery');
    await write('');
    await fireEvent.keyDown(name(), { key: 'Escape' });
    await until(() => onclose.mock.calls.length === 1);
  });

  it('has the browser ask before the tab is closed', async () => {
    open();
    expect(asksBeforeUnload()).toBe(false);
    await write('Bakery');
    expect(asksBeforeUnload()).toBe(true);
  });

  it('is saved without a question, and names the field that is at fault', async () => {
    const onclose = open();
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await until(() => name().getAttribute('aria-invalid') === 'true');
    expect(onclose).not.toHaveBeenCalled();
    await write('Bakery');
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await until(() => onclose.mock.calls.length === 1);
    expect(unsaved.isAsked).toBe(false);
    expect(await person.replica.listRecords('places', 'places')).toMatchObject([{ data: { name: 'Bakery' } }]);
  });
});
