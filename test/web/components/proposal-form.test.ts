import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { i18n } from '../../../src/web/i18n/i18n.svelte.ts';
import ProposalForm from '../../../src/web/proposals/proposal-form.svelte';
import { unsaved } from '../../../src/web/state/unsaved.svelte.ts';
import { until } from '../../support/until.ts';

afterEach(cleanup);

function show(toolName: string, params: JsonObject, props: object = {}) {
  const tool = defaultRegistry.tool(toolName);
  if (!tool) throw new Error(`no tool ${toolName}`);
  const [onsubmit, oncancel] = [vi.fn(), vi.fn()];
  const { rerender } = render(ProposalForm, {
    ...{ tool, params, reference: undefined, issues: [], onsubmit, oncancel },
    ...props,
  });
  return { onsubmit, oncancel, rerender };
}

const submit = () => fireEvent.click(screen.getByRole('button', { name: 'Approve as edited' }));

describe('the form of a proposal', () => {
  it('begins in its first field', async () => {
    show('create_task', { title: 'Buy bread' });
    await tick();
    expect(document.activeElement).toBe(screen.getByLabelText('Title'));
  });

  it('says the parameters as they were changed', async () => {
    const { onsubmit } = show('create_task', { title: 'Buy bread', notes: 'Two', dueDate: '2026-03-02' });
    await fireEvent.input(screen.getByLabelText('Title'), { target: { value: 'Buy <b>rolls</b>' } });
    await fireEvent.input(screen.getByLabelText('Notes'), { target: { value: '' } });
    await submit();
    expect(onsubmit).toHaveBeenCalledWith({ title: 'Buy <b>rolls</b>', dueDate: '2026-03-02' });
  });

  it('offers the records that it may name', () => {
    const options = [
      { value: 't1', label: 'Buy bread' },
      { value: 't2', label: 'Buy salt' },
    ];
    show('complete_task', { taskId: 't2' }, { reference: { param: 'taskId', options } });
    const task = screen.getByLabelText<HTMLSelectElement>('Task');
    expect([...task.options].map(({ text }) => text)).toEqual(['Buy bread', 'Buy salt']);
    expect(task.value).toBe('t2');
  });

  it('says at a field what is wrong with it, and of what has no field its name', () => {
    const issues = [
      { path: 'params.title', message: 'must not be empty' },
      { path: 'params.colour', message: 'is not a known field' },
    ];
    show('create_task', { title: '' }, { issues });
    const title = screen.getByLabelText('Title');
    expect(title.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(title.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      'Write something here.',
    );
    expect(screen.getByRole('alert').textContent).toContain('colour: There is no such field.');
  });

  it('says so in the language of the person, with the field as it is called there', () => {
    i18n.choose('de');
    show('create_task', { title: '' }, { issues: [{ path: 'params.location', message: 'is not a known field' }] });
    expect(screen.getByRole('alert').textContent).toBe('Ort: Dieses Feld gibt es nicht.');
    i18n.choose(null);
  });

  it('is left with Escape, and sent with Ctrl+Enter from within a text', async () => {
    const { onsubmit, oncancel } = show('create_task', { title: 'Buy bread' });
    await fireEvent.keyDown(screen.getByLabelText('Notes'), { key: 'Enter' });
    expect(onsubmit).not.toHaveBeenCalled();
    await fireEvent.keyDown(screen.getByLabelText('Notes'), { key: 'Enter', ctrlKey: true });
    expect(onsubmit).toHaveBeenCalledOnce();
    await fireEvent.keyDown(screen.getByLabelText('Title'), { key: 'Escape' });
    expect(oncancel).toHaveBeenCalledOnce();
  });

  it('asks before what was written is thrown away', async () => {
    const { oncancel } = show('create_task', { title: 'Buy bread' });
    await fireEvent.input(screen.getByLabelText('Title'), { target: { value: 'Buy rolls' } });
    await fireEvent.keyDown(screen.getByLabelText('Title'), { key: 'Escape' });
    await until(() => unsaved.isAsked);
    expect(oncancel).not.toHaveBeenCalled();
    unsaved.answer(true);
    await until(() => oncancel.mock.calls.length === 1);
  });
});
