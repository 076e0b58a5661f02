import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserLanguage, DICTIONARIES, i18n, LANGUAGES } from '../../../src/web/i18n/i18n.svelte.ts';
import { plural } from '../../../src/web/i18n/plural.ts';
import { relativeTime } from '../../../src/web/i18n/relative-time.ts';

describe('the language', () => {
  beforeEach(() => localStorage.clear());
  afterEach(() => {
    i18n.choose(null);
    vi.restoreAllMocks();
  });

  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'DE'], 'de'],
    [['en-GB', 'de'], 'en'],
    [['fr', 'ja'], 'en'],
    [[], 'en'],
  ])('of a browser that prefers %j is %s', (tags, language) => {
    expect(browserLanguage(tags)).toBe(language);
  });

  it('can be chosen, is kept, and can be left to the browser again', () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB', 'de-CH']);
    i18n.choose('de');
    expect(i18n.words.nav.inbox).toBe(DICTIONARIES.de.nav.inbox);
    expect(i18n.locale).toBe('de-CH');
    expect(localStorage.getItem('language')).toBe('de');
    i18n.choose(null);
    expect(i18n.chosen).toBeNull();
    expect(localStorage.getItem('language')).toBeNull();
  });

  it('can be chosen where the browser keeps nothing', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('blocked', 'SecurityError');
    });
    i18n.choose('de');
    expect(i18n.language).toBe('de');
  });
});

describe('the dictionaries', () => {
  /** Each text with its path; a text with a parameter is asked with 3. */
  function texts(words: object, path = ''): [string, string][] {
    return Object.entries(words).flatMap(([key, value]): [string, string][] => {
      const at = `${path}.${key}`;
      if (typeof value === 'function') return [[at, String(value(3))]];
      return typeof value === 'string' ? [[at, value]] : texts(value, at);
    });
  }

  it.each(LANGUAGES)('%s has a text everywhere, and none that waits to be written', (language) => {
    for (const [path, text] of texts(DICTIONARIES[language])) {
      expect(text.trim(), path).not.toBe('');
      expect(text, path).not.toMatch(/TODO|XXX|#|undefined/);
    }
  });

  it('have their texts in the same order', () => {
    const paths = LANGUAGES.map((language) => texts(DICTIONARIES[language]).map(([path]) => path));
    for (const others of paths) expect(others).toEqual(paths[0]);
  });
});

describe('numbers', () => {
  const forms = { one: '# proposal', other: '# proposals' };
  it.each([
    [0, '0 proposals'],
    [1, '1 proposal'],
    [2, '2 proposals'],
    [1_200, '1,200 proposals'],
  ])('%i', (count, text) => {
    expect(plural('en', count, forms)).toBe(text);
  });
  it('are written as the language writes them', () => {
    expect(plural('de', 1_200, { one: '# Vorschlag', other: '# Vorschläge' })).toBe('1.200 Vorschläge');
  });
});

describe('times', () => {
  const now = new Date('2026-03-31T12:00:00.000Z');
  it.each([
    ['2026-03-31T11:59:30.000Z', 'now'],
    ['2026-03-31T12:00:59.000Z', 'now'],
    ['2026-03-31T11:58:10.000Z', '1 minute ago'],
    ['2026-03-31T12:45:00.000Z', 'in 45 minutes'],
    ['2026-03-31T09:00:00.000Z', '3 hours ago'],
    ['2026-03-30T11:00:00.000Z', 'yesterday'],
    ['2026-04-05T12:00:00.000Z', 'in 5 days'],
    ['2026-03-10T12:00:00.000Z', '3 weeks ago'],
    ['2025-12-20T12:00:00.000Z', '3 months ago'],
    ['2023-03-30T12:00:00.000Z', '3 years ago'],
  ])('%s is %s', (at, text) => {
    expect(relativeTime(new Date(at), now, 'en')).toBe(text);
  });
  it('are told in the language', () => {
    expect(relativeTime(new Date('2026-03-30T11:00:00.000Z'), now, 'de')).toBe('gestern');
  });
});
