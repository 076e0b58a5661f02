export interface RouteMatch<Route> {
  route: Route;
  /** The values of the `:name` segments, decoded. */
  params: Record<string, string>;
}

/** The first route whose pattern (`/companion/missions/:id`) the path has; null when none does. A slash at the end is nothing. */
export function matchRoute<Route extends { path: string }>(
  routes: readonly Route[],
  pathname: string,
): RouteMatch<Route> | null {
  const given = segments(pathname);
  for (const route of routes) {
    const params = matchSegments(segments(route.path), given);
    if (params) return { route, params };
  }
  return null;
}

function segments(path: string): string[] {
  return path.replace(/\/$/, '').split('/');
}

function matchSegments(pattern: string[], given: string[]): Record<string, string> | null {
  if (pattern.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = given[index] ?? '';
    if (expected.startsWith(':')) {
      const value = decode(segment);
      if (!value) return null;
      params[expected.slice(1)] = value;
    } else if (segment !== expected) {
      return null;
    }
  }
  return params;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
