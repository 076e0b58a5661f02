import { expect, it } from 'vitest';
import { matchRoute } from '../../../src/web/router/match-route.ts';

const routes = [{ path: '/inbox' }, { path: '/missions' }, { path: '/missions/:id' }, { path: '/a/:app/:id' }];
const match = (pathname: string) => {
  const found = matchRoute(routes, pathname);
  return found && [found.route.path, found.params];
};

it.each([
  ['/inbox', ['/inbox', {}]],
  ['/inbox/', ['/inbox', {}]],
  ['/missions', ['/missions', {}]],
  ['/missions/x', ['/missions/:id', { id: 'x' }]],
  ['/missions/x/', ['/missions/:id', { id: 'x' }]],
  ['/missions/a%2Fb%20c', ['/missions/:id', { id: 'a/b c' }]],
  ['/a/todo/t-1', ['/a/:app/:id', { app: 'todo', id: 't-1' }]],
])('%s has the page %j', (pathname, expected) => {
  expect(match(pathname)).toEqual(expected);
});

it.each(['/', '', '/none', '/Inbox', '/inbox/x', '/missions//', '/missions/%E0%A4%A', '//inbox', '/a/todo'])(
  '%s has no page',
  (pathname) => {
    expect(match(pathname)).toBeNull();
  },
);
