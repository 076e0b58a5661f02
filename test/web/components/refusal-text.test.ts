import { afterEach, expect, it } from 'vitest';
import { i18n } from '../../../src/web/i18n/i18n.svelte.ts';
import { refusalText } from '../../../src/web/proposals/refusal-text.ts';
import { toolRefusalText } from '../../../src/web/records/tool-refusal-text.ts';

afterEach(() => i18n.choose(null));

const refused = { ok: false as const, reason: 'effect_refused' as const, issues: [] };

it('what a tool has against it is told in the language of the person', () => {
  const message = 'The task "Milk" is completed already.';
  i18n.choose('de');
  expect(refusalText({ ...refused, refusal: 'task_is_completed', message })).toBe(
    'So, wie es steht, geht das nicht: Die Aufgabe ist schon erledigt.',
  );
  expect(toolRefusalText({ refusal: 'record_not_found', message: 'There is no task.', issues: [] })).toBe(
    'Den Eintrag, um den es geht, gibt es nicht mehr.',
  );
});

it('a record that would not be valid is told by its fields', () => {
  i18n.choose('de');
  const issues = [
    { path: 'progress', message: 'Invalid input: expected number, received NaN' },
    { path: 'inputs.0.id', message: 'is odd' },
  ];
  expect(refusalText({ ...refused, message: 'would make an invalid record', issues })).toBe(
    'So, wie es steht, geht das nicht: Stand: Gib eine Zahl ein. Quellen: is odd',
  );
});

it('what has no code is told in the words of the tool', () => {
  i18n.choose('de');
  expect(toolRefusalText({ refusal: 'nothing_to_change', message: 'It is as it was.', issues: [] })).toBe(
    'It is as it was.',
  );
  expect(toolRefusalText({ message: 'It is odd.', issues: [] })).toBe('It is odd.');
});
