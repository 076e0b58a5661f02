import { describe, expect, test } from 'vitest';
import { defaultRegistry } from '../../../../src/core/modules/registry.ts';
import { formFields, fromFormValues, toFormValues } from '../../../../src/web/records/form-fields.ts';

const fieldsOf = (toolName: string) => {
  const tool = defaultRegistry.tool(toolName);
  if (!tool) throw new Error(`no tool ${toolName}`);
  return formFields(tool);
};
const kinds = (toolName: string) => Object.fromEntries(fieldsOf(toolName).map(({ name, kind }) => [name, kind]));

describe('the form of a tool', () => {
  test('asks for each parameter by what its schema says', () => {
    expect(kinds('create_task')).toEqual({ title: 'line', notes: 'text', dueDate: 'day', priority: 'choice' });
    expect(kinds('create_event')).toEqual({
      ...{ title: 'line', startsAt: 'moment', endsAt: 'moment', location: 'line', notes: 'text', allDay: 'flag' },
    });
    expect(kinds('log_goal_progress')).toEqual({ goalId: 'line', amount: 'number', note: 'text' });
  });

  test('knows what is required, and the choices there are', () => {
    const [title, , , priority] = fieldsOf('create_task');
    expect(title?.isRequired).toBe(true);
    expect(priority).toMatchObject({ isRequired: false, choices: ['low', 'normal', 'high'] });
  });

  test('exists for every tool', () => {
    for (const tool of defaultRegistry.tools) expect(formFields(tool)).toBeInstanceOf(Array);
  });
});

describe('what a form says', () => {
  const fields = fieldsOf('create_event');

  test('is to the letter what nobody touched', () => {
    const params = { title: ' Choir ', startsAt: '2026-03-01T10:00:30.5+05:30', allDay: false };
    expect(fromFormValues(fields, toFormValues(fields, params), params)).toEqual(params);
  });

  test('loses what was emptied, and keeps a required field to be complained about', () => {
    const params = { title: 'Choir', startsAt: '2026-03-01T10:00:00Z', location: 'Hall' };
    const values = { ...toFormValues(fields, params), location: '', title: '' };
    expect(fromFormValues(fields, values, params)).toEqual({ title: '', startsAt: '2026-03-01T10:00:00Z' });
  });

  test('has numbers as people write them', () => {
    const goal = fieldsOf('log_goal_progress');
    const params = { goalId: 'g1', amount: 3 };
    const say = (amount: string) => fromFormValues(goal, { ...toFormValues(goal, params), amount }, params).amount;
    expect(say('2.5')).toBe(2.5);
    expect(say(' 2,5 ')).toBe(2.5);
    expect(say('-1')).toBe(-1);
    expect(say('many')).toBe('many');
    expect(say('')).toBe('');
  });

  test('is made of parameters of any kind', () => {
    const values = toFormValues(fields, { title: 7, startsAt: 'soon', allDay: 'yes', location: null });
    expect(values).toMatchObject({ title: '', startsAt: '', allDay: false, location: '' });
  });
});
