import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { readGoal, sortGoals } from '../../../../src/web/pages/goals/read-goal.ts';
import { readNote } from '../../../../src/web/pages/notes/read-note.ts';
import { readPlace } from '../../../../src/web/pages/places/read-place.ts';
import { record } from '../support.ts';

const goal = (data: JsonObject) => readGoal(record('goals', 'goals', 'g1', data));
const note = (contentMarkdown: JsonObject[string]) => readNote(record('notes', 'notes', 'n1', { contentMarkdown }));
const place = (data: JsonObject) => readPlace(record('places', 'places', 'p1', data));

describe('a goal', () => {
  test('has a share of its target', () => {
    expect(goal({ title: 'Run', target: 500, progress: 125, unit: 'km' })).toMatchObject({
      ...{ share: 0.25, isReached: false, unit: 'km' },
    });
    expect(goal({ target: 10, progress: 12 })).toMatchObject({ share: 1, isReached: true });
    expect(goal({ target: 10, progress: -2 })).toMatchObject({ share: 0, progress: -2 });
  });

  test('has none where there is nothing to count', () => {
    for (const target of [undefined, null, 0, -5, 'many']) {
      expect(goal({ target, progress: 3 } as JsonObject)).toMatchObject({ share: undefined, isReached: false });
    }
    expect(goal({ progress: 'much', deadline: 'soon', title: 7 })).toMatchObject({
      ...{ title: 'g1', progress: 0, deadline: '' },
    });
  });

  test('stands by its deadline, after those that are still to be reached', () => {
    const sorted = sortGoals([
      goal({ title: 'reached', target: 1, progress: 1, deadline: '2026-01-01' }),
      goal({ title: 'some day' }),
      goal({ title: 'late', deadline: '2026-12-31' }),
      goal({ title: 'soon', deadline: '2026-02-01' }),
    ]);
    expect(sorted.map(({ title }) => title)).toEqual(['soon', 'late', 'some day', 'reached']);
  });
});

describe('the excerpt of a note', () => {
  test('is how the text begins, without the marks', () => {
    const markdown = '# For the hut\n\n- [x] **Boots**\n1. Lamp\n> see [the map](https://example.org/x)';
    expect(note(markdown).excerpt).toBe('For the hut Boots Lamp see the map');
  });

  test('is short, and of a text of any length', () => {
    expect(note('a '.repeat(50_000)).excerpt).toHaveLength(160);
    for (const content of [null, 7, '', '   ', {}]) {
      expect(note(content as never)).toMatchObject({ excerpt: '', contentMarkdown: '' });
    }
  });
});

test('a place is shown with anything in its record', () => {
  expect(place({ name: 'Bakery', latitude: 48.7, longitude: 9.1, visits: 3 })).toMatchObject({
    ...{ name: 'Bakery', position: [48.7, 9.1], visits: 3 },
  });
  expect(place({ name: {}, latitude: 48.7, visits: -1.5, lastVisitedAt: 'once' })).toMatchObject({
    ...{ name: 'p1', position: undefined, visits: 0, lastVisitedAt: undefined },
  });
});
