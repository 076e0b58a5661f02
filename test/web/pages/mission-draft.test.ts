import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { type Cadence, cadenceSchema } from '../../../src/core/missions/cadence.ts';
import { missionSchema } from '../../../src/core/missions/mission.ts';
import { fromCadenceDraft, toCadenceDraft } from '../../../src/web/pages/missions/cadence-draft.ts';
import {
  changedFields,
  emptyDraft,
  isEdited,
  toDraft,
  toFields,
  toggleInput,
} from '../../../src/web/pages/missions/mission-draft.ts';

const NOTE = { appId: 'notes', table: 'notes', id: 'n1' };
const MISSION = {
  id: 'm1',
  data: {
    title: 'Move to Leipzig',
    objective: 'A calm move',
    conceptMarkdown: '- [ ] Boxes',
    inputs: [NOTE],
    cadence: { kind: 'weekly', dayOfWeek: 1, atHour: 9, atMinute: 0 },
    timeZone: 'Europe/Berlin',
    state: 'active',
  } as JsonObject,
};
const withData = (data: JsonObject) => ({ id: 'm1', data: { ...MISSION.data, ...data } });

describe('a cadence', () => {
  const cadences: Cadence[] = [
    { kind: 'manual' },
    { kind: 'interval', everyMinutes: 90 },
    { kind: 'interval', everyMinutes: 120 },
    { kind: 'interval', everyMinutes: 1_440 },
    { kind: 'interval', everyMinutes: 525_600 },
    { kind: 'daily', atHour: 0, atMinute: 5 },
    { kind: 'weekly', dayOfWeek: 0, atHour: 23, atMinute: 59 },
    { kind: 'cron', expression: '0 9 * * 1-5' },
  ];

  test.each(cadences)('$kind is the same after it was a draft', (cadence) => {
    expect(fromCadenceDraft(toCadenceDraft(cadence))).toEqual(cadence);
  });

  test('shows minutes in the largest unit that is whole', () => {
    expect(toCadenceDraft({ kind: 'interval', everyMinutes: 90 })).toMatchObject({ every: '90', unit: 'minutes' });
    expect(toCadenceDraft({ kind: 'interval', everyMinutes: 120 })).toMatchObject({ every: '2', unit: 'hours' });
    expect(toCadenceDraft({ kind: 'interval', everyMinutes: 2_880 })).toMatchObject({ every: '2', unit: 'days' });
  });

  test.each([
    ['every', { kind: 'interval', every: '' }],
    ['every', { kind: 'interval', every: '-1' }],
    ['every', { kind: 'interval', every: '1.5' }],
    ['every', { kind: 'interval', every: '0' }],
    ['every', { kind: 'interval', every: '99999999999' }],
    ['time', { kind: 'daily', time: '' }],
    ['time', { kind: 'weekly', time: '25:00' }],
    ['expression', { kind: 'cron', expression: '   ' }],
  ] as const)('with a bad %s is refused, and not by throwing: %o', (_, entered) => {
    const draft = { ...toCadenceDraft({ kind: 'manual' }), ...entered };
    expect(cadenceSchema.safeParse(fromCadenceDraft(draft)).success).toBe(false);
  });
});

describe('the changed fields', () => {
  test('of a draft that nobody touched are none', () => {
    expect(changedFields(MISSION, toDraft(MISSION))).toEqual({});
  });

  test('do not depend on the order of keys that the log gives', () => {
    const stored = withData({
      cadence: { atMinute: 0, kind: 'weekly', atHour: 9, dayOfWeek: 1 },
      inputs: [{ id: 'n1', table: 'notes', appId: 'notes' }],
    });
    expect(changedFields(stored, toDraft(stored))).toEqual({});
  });

  test('do not name absent fields whose default the draft has', () => {
    const bare = { id: 'm1', data: { title: 'A', objective: 'B', cadence: null } };
    expect(changedFields(bare, toDraft(bare))).toEqual({});
  });

  test('are those that were touched, trimmed', () => {
    const draft = { ...toDraft(MISSION), title: '  Move to Halle ', conceptMarkdown: '' };
    expect(changedFields(MISSION, draft)).toEqual({ title: 'Move to Halle', conceptMarkdown: '' });
  });

  test('mend what the record has and nobody can read', () => {
    const broken = withData({ cadence: { kind: 'hourly' }, timeZone: 'Mars', inputs: ['n1'], title: 7 });
    expect(changedFields(broken, toDraft(broken))).toEqual({
      title: '',
      cadence: { kind: 'manual' },
      timeZone: 'UTC',
      inputs: [],
    });
  });

  test('say whether a change of an input wants a plan, when that was ticked or unticked', () => {
    const ticked = { ...toDraft(MISSION), replanOnInputs: true };
    expect(changedFields(MISSION, ticked)).toEqual({ replanOn: 'inputs' });
    const stored = withData({ replanOn: 'inputs' });
    expect(changedFields(stored, toDraft(stored))).toEqual({});
    expect(changedFields(stored, { ...toDraft(stored), replanOnInputs: false })).toEqual({ replanOn: null });
    const unread = withData({ replanOn: 'always' });
    expect(changedFields(unread, toDraft(unread))).toEqual({ replanOn: null });
  });

  test('say what a day may cost; an empty field, that nothing of its own bounds it', () => {
    expect(changedFields(MISSION, { ...toDraft(MISSION), dailyTokens: ' 50000 ' })).toEqual({ dailyTokens: 50_000 });
    const capped = withData({ dailyTokens: 50_000 });
    expect(toDraft(capped).dailyTokens).toBe('50000');
    expect(changedFields(capped, toDraft(capped))).toEqual({});
    expect(changedFields(capped, { ...toDraft(capped), dailyTokens: ' ' })).toEqual({ dailyTokens: null });
    const unread = withData({ dailyTokens: 'many' });
    expect(changedFields(unread, toDraft(unread))).toEqual({ dailyTokens: null });
  });

  test.each(['0', '-5', '1.5', '1,000', '1.000', '1 000', 'many', '1e3', '0x10', '9'.repeat(16), '9'.repeat(400)])(
    'of a day that may cost %s are refused',
    (entered) => {
      const { dailyTokens = null } = changedFields(MISSION, { ...toDraft(MISSION), dailyTokens: entered });
      const read = missionSchema.shape.dailyTokens.safeParse(dailyTokens);
      expect(dailyTokens).not.toBeNull();
      expect(read.success).toBe(false);
    },
  );

  test('name what cannot be read, for it to be refused', () => {
    const draft = toDraft(MISSION);
    const cadence = { ...draft.cadence, kind: 'cron' as const, expression: 'often' };
    expect(changedFields(MISSION, { ...draft, cadence })).toEqual({ cadence: { kind: 'cron', expression: 'often' } });
  });
});

describe('a draft', () => {
  test('is edited when what it stands for has changed', () => {
    const before = emptyDraft('UTC');
    expect(isEdited(before, emptyDraft('UTC'))).toBe(false);
    expect(isEdited(before, { ...before, title: '  ' })).toBe(false);
    expect(isEdited(before, { ...before, cadence: { ...before.cadence, expression: '* * * * *' } })).toBe(false);
    expect(isEdited(before, { ...before, objective: 'Rest' })).toBe(true);
  });

  test('takes an input once and lets it go again', () => {
    expect(toggleInput([], NOTE)).toEqual([NOTE]);
    expect(toggleInput([NOTE], { ...NOTE, id: 'n2' })).toEqual([NOTE, { ...NOTE, id: 'n2' }]);
    expect(toggleInput([NOTE], { ...NOTE })).toEqual([]);
  });

  test('stands for a whole mission', () => {
    expect(toFields(toDraft(MISSION))).toEqual({
      title: 'Move to Leipzig',
      objective: 'A calm move',
      conceptMarkdown: '- [ ] Boxes',
      inputs: [NOTE],
      replanOn: null,
      dailyTokens: null,
      cadence: { kind: 'weekly', dayOfWeek: 1, atHour: 9, atMinute: 0 },
      timeZone: 'Europe/Berlin',
    });
  });
});
