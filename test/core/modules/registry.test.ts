import { describe, expect, it } from 'vitest';
import { isServerOwned, serverOwnedCollections } from '../../../src/core/modules/missions-module.ts';
import type { Module } from '../../../src/core/modules/module.ts';
import { createRegistry, defaultRegistry } from '../../../src/core/modules/registry.ts';
import { todo } from '../../../src/core/modules/todo.ts';

describe('defaultRegistry', () => {
  it('holds the modules and their collections', () => {
    const collections = defaultRegistry.modules.flatMap(({ appId, collections }) =>
      Object.keys(collections).map((table) => `${appId}/${table}`),
    );
    expect(collections).toEqual([
      'todo/tasks',
      'calendar/events',
      'places/places',
      'notes/notes',
      'goals/goals',
      'ai/aiMissions',
      'ai/aiIterations',
      'ai/aiProposals',
      'ai/aiPolicy',
    ]);
  });

  it('reads at once and asks before it writes', () => {
    const names = (kind: string) => defaultRegistry.tools.filter((t) => t.kind === kind).map((t) => t.name);
    expect(names('read')).toEqual(['list_tasks', 'get_task_stats', 'get_todays_events', 'get_places']);
    expect(names('write')).toEqual([
      'create_task',
      'complete_task',
      'complete_tasks_by_title',
      'create_event',
      'create_place',
      'visit_place',
      'create_note',
      'append_to_note',
      'create_goal',
      'log_goal_progress',
    ]);
    for (const tool of defaultRegistry.tools) expect(tool.policy).toBe(tool.kind === 'read' ? 'auto' : 'propose');
  });

  it('finds by name, and nothing under the names that every object has', () => {
    expect(defaultRegistry.module('todo')).toBe(todo);
    expect(defaultRegistry.moduleOf('create_event')?.appId).toBe('calendar');
    expect(defaultRegistry.collection('notes', 'notes')?.label({ id: 'n', data: { title: 'T' } })).toBe('T');
    for (const name of ['constructor', '__proto__', 'toString', '']) {
      expect(defaultRegistry.module(name)).toBeUndefined();
      expect(defaultRegistry.collection('todo', name)).toBeUndefined();
      expect(defaultRegistry.tool(name)).toBeUndefined();
      expect(defaultRegistry.moduleOf(name)).toBeUndefined();
    }
  });

  it('knows which collections only the server writes', () => {
    expect([...serverOwnedCollections]).toEqual(['ai/aiIterations', 'ai/aiProposals']);
    expect(isServerOwned('ai', 'aiProposals')).toBe(true);
    expect(isServerOwned('ai', 'aiMissions')).toBe(false);
    expect(isServerOwned('todo', 'aiProposals')).toBe(false);
    for (const name of serverOwnedCollections) {
      const [appId = '', table = ''] = name.split('/');
      expect(defaultRegistry.collection(appId, table)).toBeDefined();
    }
  });
});

describe('createRegistry', () => {
  const other: Module = { appId: 'other', title: 'Other', collections: {}, tools: [] };

  it('refuses two modules of one appId', () => {
    expect(() => createRegistry([todo, { ...other, appId: 'todo' }])).toThrow('appId "todo"');
  });

  it('refuses two tools of one name, in two modules or in one', () => {
    expect(() => createRegistry([todo, { ...other, tools: todo.tools.slice(0, 1) }])).toThrow(
      'the tool "create_task" is in todo and in other',
    );
    const tools = [...todo.tools.slice(0, 1), ...todo.tools.slice(0, 1)];
    expect(() => createRegistry([{ ...other, tools }])).toThrow('create_task');
  });
});
