import { plural } from '../../i18n/plural.ts';

export const words = {
  en: {
    new: 'New place',
    editTitle: 'Edit the place',
    visit: 'Visited',
    visitOf: (name: string) => `Visited “${name}”`,
    visited: (name: string) => `A visit to “${name}” is recorded.`,
    undo: 'Undo',
    visits: (n: number) => (n === 0 ? 'not visited yet' : plural('en', n, { one: '# visit', other: '# visits' })),
    last: 'last',
  },
  de: {
    new: 'Neuer Ort',
    editTitle: 'Ort bearbeiten',
    visit: 'Besucht',
    visitOf: (name: string) => `Besucht: „${name}“`,
    visited: (name: string) => `Ein Besuch bei „${name}“ ist festgehalten.`,
    undo: 'Rückgängig',
    visits: (n: number) => (n === 0 ? 'noch nicht besucht' : plural('de', n, { one: '# Besuch', other: '# Besuche' })),
    last: 'zuletzt',
  },
};
