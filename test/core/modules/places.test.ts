import { describe, expect, it } from 'vitest';
import { accepts, apply, contextOf, describeRecord, read } from './context.ts';

const NOW = '2026-03-01T12:00:00.000Z';

describe('create_place', () => {
  it('starts with no visits', () => {
    expect(apply('create_place', { name: 'Library', latitude: 52.5, longitude: 13.4 })).toMatchObject({
      effects: [{ op: 'insert', data: { name: 'Library', latitude: 52.5, longitude: 13.4, visits: 0 } }],
    });
  });

  it.each([
    ['a latitude over 90', { latitude: 90.1 }],
    ['a longitude under -180', { longitude: -180.1 }],
    ['visits', { visits: 3 }],
  ])('refuses %s', (_, params) => {
    expect(accepts('create_place', { name: 'x', ...params })).toBe(false);
  });
});

describe('visit_place', () => {
  it.each([
    ['counts one more', { visits: 2 }, 3],
    ['counts from none when absent', {}, 1],
    ['counts from none when the count makes no sense', { visits: 'many' }, 1],
    ['counts from none when the count is no integer', { visits: 1.5 }, 1],
    ['counts from none when the count is negative', { visits: -4 }, 1],
  ])('%s', (_, data, visits) => {
    const context = contextOf({ places: { p: { name: 'P', ...data } } }, NOW);
    expect(apply('visit_place', { placeId: 'p' }, context)).toEqual({
      ok: true,
      effects: [{ tableName: 'places', recordId: 'p', op: 'update', data: { visits, lastVisitedAt: NOW } }],
    });
  });

  it('names the id of a place that does not exist', () => {
    expect(apply('visit_place', { placeId: 'q' })).toMatchObject({ ok: false, reason: 'record_not_found' });
  });
});

describe('get_places', () => {
  const places = {
    b: { name: 'Bakery', address: 'Hill Street 1' },
    a: { name: 'Archive', notes: 'Closed on HILLDAY', visits: 2, lastVisitedAt: NOW },
    c: { name: null, latitude: '5' },
  };

  it('lists all by name, the nameless by their id', () => {
    expect(read('get_places', {}, contextOf({ places }))).toEqual({
      total: 3,
      places: [
        { id: 'a', name: 'Archive', visits: 2, lastVisitedAt: NOW, notes: 'Closed on HILLDAY' },
        { id: 'b', name: 'Bakery', address: 'Hill Street 1', visits: 0 },
        { id: 'c', name: 'c', visits: 0 },
      ],
    });
  });

  it('searches name, address and notes, whatever the case', () => {
    expect(read('get_places', { query: ' hill' }, contextOf({ places }))).toMatchObject({ total: 2 });
    expect(read('get_places', { query: 'none such' }, contextOf({ places }))).toEqual({ total: 0, places: [] });
  });

  it('stops at the limit', () => {
    const answer = read('get_places', { limit: 1 }, contextOf({ places }));
    expect(answer).toMatchObject({ total: 3, places: [{ id: 'a' }] });
  });
});

it('describes a place', () => {
  const data = { name: 'Library', latitude: 52.5, longitude: 13.4, visits: 2 };
  expect(describeRecord('places', 'places', data, 'p1')).toBe(
    'Place: Library (id p1)\nPosition: 52.5, 13.4\nVisits: 2',
  );
});
