import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { formFaults } from '../../../src/web/pages/missions/form-faults.ts';
import { words } from '../../../src/web/pages/missions/words.ts';

const WORDS = words.en.form.faults;
const FIELDS: JsonObject = { title: '', objective: 'Rest', cadence: { kind: 'cron', expression: 'often' } };
const faultsOf = (issues: { path: string; message: string }[], now = FIELDS) =>
  formFaults({ fields: FIELDS, issues }, now, WORDS);

test('nothing is at fault before anything was refused', () => {
  expect(formFaults(null, FIELDS, WORDS)).toEqual({ rest: [] });
});

test('a fault stands at its field, in the words of the interface', () => {
  expect(faultsOf([{ path: 'title', message: 'too small' }])).toEqual({ title: WORDS.title, rest: [] });
  expect(faultsOf([{ path: 'inputs.3.id', message: 'too small' }], { ...FIELDS })).toEqual({
    inputs: WORDS.inputs,
    rest: [],
  });
});

test.each([
  ['cadence.everyMinutes', 'everyMinutes'],
  ['cadence.atHour', 'time'],
  ['cadence.atMinute', 'time'],
  ['cadence.expression', 'expression'],
  ['cadence.kind', 'cadence'],
  ['cadence', 'cadence'],
])('one of %s stands at %s', (path, field) => {
  expect(Object.keys(faultsOf([{ path, message: 'is wrong' }])).sort()).toEqual([field, 'rest'].sort());
});

test('it is gone as soon as the field is changed, and stays while another is', () => {
  const issues = [{ path: 'title', message: 'too small' }];
  expect(faultsOf(issues, { ...FIELDS, title: 'Rest' })).toEqual({ rest: [] });
  expect(faultsOf(issues, { ...FIELDS, objective: 'Rest more' })).toEqual({ title: WORDS.title, rest: [] });
});

test('what belongs to no field of the form is said as it came', () => {
  for (const path of ['colour', '', 'rest']) {
    expect(faultsOf([{ path, message: 'is odd' }])).toEqual({ rest: [{ path, message: 'is odd' }] });
  }
});
