import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { emptyDraft, type MissionDraft, toDraft } from '../../../../src/web/pages/missions/mission-draft.ts';
import MissionForm from '../../../../src/web/pages/missions/mission-form.svelte';
import type { RecordRow } from '../../../../src/web/replica/database.ts';
import { router } from '../../../../src/web/router/app-router.ts';
import { unsaved } from '../../../../src/web/state/unsaved.svelte.ts';
import { until } from '../../../support/until.ts';
import { useSession } from '../use-session.ts';

const person = useSession();
let go: MockInstance<typeof router.go>;
beforeEach(() => {
  go = vi.spyOn(router, 'go').mockResolvedValue();
});
afterEach(() => vi.restoreAllMocks());

const EMPTY = emptyDraft('Europe/Berlin');
const show = (record: RecordRow | null = null, start: MissionDraft = record ? toDraft(record) : EMPTY) =>
  render(MissionForm, { record, start });
const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label, { selector: 'input, textarea' });
const write = (label: string, value: string) => fireEvent.input(field(label), { target: { value } });
const save = () => fireEvent.click(screen.getByRole('button', { name: /^Save/ }));
const missions = () => person.replica.listRecords('ai', 'aiMissions');
const faultOf = (label: string) => {
  const ids = field(label).getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
};

describe('a new mission', () => {
  it('is stored as it was written, and shown', async () => {
    show();
    await write('Title', ' Eat breakfast ');
    await write('Objective', 'Every day');
    await write('Concept', '- [ ] Buy milk');
    await save();
    await until(() => go.mock.calls.length === 1);
    const [stored] = await missions();
    expect(stored?.data).toMatchObject({
      ...{ title: 'Eat breakfast', objective: 'Every day', conceptMarkdown: '- [ ] Buy milk', state: 'active' },
      ...{ cadence: { kind: 'manual' }, timeZone: 'Europe/Berlin', inputs: [] },
    });
    expect(go).toHaveBeenCalledWith(`/companion/missions/${stored?.id}`);
    expect(unsaved.isAsked).toBe(false);
  });

  it('that cannot be stored names the fields at fault, begins with the first, and clears them as they are mended', async () => {
    show();
    await save();
    await until(() => field('Title').getAttribute('aria-invalid') === 'true');
    expect(faultOf('Title')).toContain('Give it a title of at most 200 characters.');
    expect(faultOf('Objective')).toContain('Say what is to be reached');
    await until(() => document.activeElement === field('Title'));
    await write('Title', 'Eat breakfast');
    expect(field('Title').getAttribute('aria-invalid')).not.toBe('true');
    expect(field('Objective').getAttribute('aria-invalid')).toBe('true');
    expect(await missions()).toEqual([]);
    expect(go).not.toHaveBeenCalled();
  });

  it('is left at once while nothing is written, and otherwise after a question', async () => {
    show();
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    await until(() => go.mock.calls.length === 1);
    await write('Title', 'Eat');
    await fireEvent.keyDown(field('Title'), { key: 'Escape' });
    await until(() => unsaved.isAsked);
    expect(go).toHaveBeenCalledOnce();
    unsaved.answer(true);
    await until(() => go.mock.calls.length === 2);
  });

  it('that was left for another page is there again, and can be discarded', async () => {
    const first = show();
    await write('Title', 'Eat');
    first.unmount();
    show();
    expect(field('Title').value).toBe('Eat');
    const note = screen.getByText(/What you had not saved is here again/);
    await fireEvent.click(within(note).getByRole('button', { name: 'Discard' }));
    expect(field('Title').value).toBe('');
    expect(screen.queryByText(/What you had not saved/)).toBeNull();
  });
});

describe('its cadence', () => {
  const runs = () => within(screen.getByText('The next runs').closest('section')!).getAllByRole('time');

  it('by hand has no next runs', () => {
    show();
    expect(screen.getByText('Planned when you edit it, give feedback, or ask for it.')).toBeTruthy();
    expect(screen.queryByText('The next runs')).toBeNull();
  });

  it('shows the next three runs, in the time zone of the mission', async () => {
    show();
    await fireEvent.click(screen.getByRole('radio', { name: 'Daily' }));
    await write('At', '07:30');
    await until(() => screen.queryByText('The next runs'));
    const at = (run: HTMLElement) =>
      new Date(run.getAttribute('datetime') ?? '').toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' });
    expect(runs().map(at)).toEqual(['07:30:00', '07:30:00', '07:30:00']);
  });

  it('that is no cron expression has none, and says so at its field', async () => {
    show();
    await write('Title', 'Eat');
    await write('Objective', 'Daily');
    await fireEvent.click(screen.getByRole('radio', { name: 'Cron' }));
    await write('Expression', '0 9 * * 1-5');
    expect(runs()).toHaveLength(3);
    await write('Expression', 'often');
    expect(screen.queryByText('The next runs')).toBeNull();
    await save();
    await until(() => field('Expression').getAttribute('aria-invalid') === 'true');
    expect(faultOf('Expression')).toContain('has 1 field');
    expect(await missions()).toEqual([]);
  });
});

describe('its tokens per day', () => {
  const begin = async () => {
    show();
    await write('Title', 'Eat');
    await write('Objective', 'Daily');
  };

  it.each(['0', '-5', '1.5', 'many'])(
    'of %s are refused at their field, by name, and nothing is stored',
    async (entered) => {
      await begin();
      await write('Tokens per day', entered);
      await save();
      await until(() => field('Tokens per day').getAttribute('aria-invalid') === 'true');
      expect(faultOf('Tokens per day')).toContain('Tokens per day: write a whole number from 1 on');
      await until(() => document.activeElement === field('Tokens per day'));
      expect(await missions()).toEqual([]);
      await write('Tokens per day', '1000');
      expect(field('Tokens per day').getAttribute('aria-invalid')).not.toBe('true');
    },
  );

  it.each([
    ['50000', 50_000],
    ['', null],
  ])('of "%s" are stored as %s', async (entered, stored) => {
    await begin();
    await write('Tokens per day', entered);
    await save();
    await until(() => go.mock.calls.length === 1);
    expect((await missions())[0]?.data.dailyTokens).toBe(stored);
  });
});

describe('its inputs', () => {
  it('are picked from the records that there are, and removed again', async () => {
    const task = { appId: 'todo', table: 'tasks', op: 'insert' as const };
    await person.replica.write(
      { ...task, id: 'milk', data: { title: 'Buy milk' } },
      { ...task, id: 'bread', data: { title: 'Buy bread' } },
    );
    show();
    const search = screen.getByRole('combobox', { name: 'Inputs' });
    await until(async () => {
      await fireEvent.input(search, { target: { value: 'milk' } });
      return screen.queryAllByRole('option').length > 0;
    });
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual([
      expect.stringContaining('Buy milk'),
    ]);
    await fireEvent.keyDown(search, { key: 'Enter' });
    const remove = await until(() => screen.queryByRole('button', { name: 'Remove Buy milk' }));

    await write('Title', 'Eat');
    await write('Objective', 'Daily');
    await fireEvent.click(remove);
    expect(screen.queryByRole('button', { name: 'Remove Buy milk' })).toBeNull();
    await fireEvent.input(search, { target: { value: 'bread' } });
    await fireEvent.keyDown(search, { key: 'Enter' });
    await save();
    await until(() => go.mock.calls.length === 1);
    expect((await missions())[0]?.data.inputs).toEqual([{ appId: 'todo', table: 'tasks', id: 'bread' }]);
  });
});

describe('a mission that is edited', () => {
  it('is written in the fields that changed alone', async () => {
    const ref = { appId: 'ai', table: 'aiMissions', id: 'm' };
    const data = {
      title: 'Eat',
      objective: 'Daily',
      conceptMarkdown: 'Milk',
      state: 'active',
      timeZone: 'Europe/Berlin',
    };
    await person.replica.write({ ...ref, op: 'insert', data });
    await person.replica.db.outbox.clear();
    show(await person.replica.getRecord('ai', 'aiMissions', 'm'));
    await write('Concept', 'Oats');
    await save();
    await until(() => go.mock.calls.length === 1);
    const [row] = await person.replica.db.outbox.toArray();
    expect(Object.keys(row?.change.fields ?? {})).toEqual(['conceptMarkdown']);
  });
});
