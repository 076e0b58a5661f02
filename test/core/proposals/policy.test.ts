import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { allowedTools, toolPolicy, validatePolicy } from '../../../src/core/proposals/policy.ts';

const tool = (name: string) => defaultRegistry.tools.find((t) => t.name === name)!;

describe('toolPolicy', () => {
  it("is the tool's own until the person sets another", () => {
    expect(toolPolicy(tool('create_task'), undefined)).toBe('propose');
    expect(toolPolicy(tool('create_task'), { create_note: 'auto' })).toBe('propose');
    expect(toolPolicy(tool('list_tasks'), {})).toBe('auto');
  });

  it.each(['auto', 'propose', 'deny'] as const)('is %s when the person says so', (policy) => {
    expect(toolPolicy(tool('create_task'), { create_task: policy })).toBe(policy);
  });

  it.each<Json>([null, 'AUTO', '', 1, true, ['auto'], { kind: 'auto' }])('falls back from %o', (stored) => {
    expect(toolPolicy(tool('create_task'), { create_task: stored })).toBe('propose');
    expect(toolPolicy(tool('list_tasks'), { list_tasks: stored })).toBe('auto');
  });

  it('does not propose a read', () => {
    expect(toolPolicy(tool('list_tasks'), { list_tasks: 'propose' })).toBe('auto');
    expect(toolPolicy(tool('list_tasks'), { list_tasks: 'deny' })).toBe('deny');
  });

  it('does not take an inherited name for a setting', () => {
    expect(toolPolicy({ ...tool('create_task'), name: 'constructor' }, {})).toBe('propose');
  });
});

describe('allowedTools', () => {
  it('is all tools without the denied ones', () => {
    expect(allowedTools(defaultRegistry, undefined)).toEqual(defaultRegistry.tools);
    const names = allowedTools(defaultRegistry, { create_task: 'deny', list_tasks: 'deny', fly: 'deny' }).map(
      (t) => t.name,
    );
    expect(names).toHaveLength(defaultRegistry.tools.length - 2);
    expect(names).not.toContain('create_task');
    expect(names).not.toContain('list_tasks');
  });
});

describe('validatePolicy', () => {
  it('takes settings of tools that exist', () => {
    const data = { create_task: 'auto', list_tasks: 'deny', create_note: 'propose' };
    expect(validatePolicy(defaultRegistry, data)).toEqual({ ok: true, data });
    expect(validatePolicy(defaultRegistry, {})).toEqual({ ok: true, data: {} });
  });

  it('names every wrong setting', () => {
    const input = {
      fly: 'auto',
      create_task: 'sometimes',
      list_tasks: 'propose',
      create_note: null,
      create_goal: 'deny',
    };
    expect(validatePolicy(defaultRegistry, input)).toEqual({
      ok: false,
      issues: [
        { path: 'fly', message: 'there is no tool "fly"' },
        { path: 'create_task', message: 'must be auto, propose or deny' },
        { path: 'list_tasks', message: expect.stringContaining('only reads') },
        { path: 'create_note', message: 'must be auto, propose or deny' },
      ],
    });
  });

  it.each(['constructor', '__proto__', 'toString'])('knows no tool %s', (name) => {
    const input: unknown = JSON.parse(`{"${name}":"auto"}`);
    expect(validatePolicy(defaultRegistry, input)).toMatchObject({ ok: false, issues: [{ path: name }] });
  });

  it.each([null, undefined, 'auto', 3, ['auto']])('refuses %o', (input) => {
    expect(validatePolicy(defaultRegistry, input)).toMatchObject({ ok: false, issues: [{ path: '' }] });
  });
});
