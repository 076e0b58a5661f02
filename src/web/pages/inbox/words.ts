import { plural } from '../../i18n/plural.ts';

const inEnglish = (one: string, other: string) => (n: number) => plural('en', n, { one, other });
const inGerman = (one: string, other: string) => (n: number) => plural('de', n, { one, other });

export const words = {
  en: {
    waiting: inEnglish('# suggestion waits for your decision.', '# suggestions wait for your decision.'),
    unnamed: 'Mission',
    approveAll: 'Approve all',
    approveAllOf: (mission: string) => `Approve all that ${mission} suggests`,
    batchTitle: inEnglish('Approve # suggestion?', 'Approve # suggestions?'),
    batchText: 'All of this happens at once, each as shown.',
    approve: inEnglish('Approve #', 'Approve all #'),
    failed: inEnglish(
      '# suggestion could not be approved; its card says why.',
      '# suggestions could not be approved; their cards say why.',
    ),
    approved: inEnglish('# suggestion is approved.', '# suggestions are approved.'),
    keys: { move: 'move', approve: 'approve', edit: 'edit', reject: 'reject', undo: 'undo' },
  },
  de: {
    waiting: inGerman('# Vorschlag wartet auf deine Entscheidung.', '# Vorschläge warten auf deine Entscheidung.'),
    unnamed: 'Mission',
    approveAll: 'Alle annehmen',
    approveAllOf: (mission: string) => `Alle annehmen, die ${mission} vorschlägt`,
    batchTitle: inGerman('# Vorschlag annehmen?', '# Vorschläge annehmen?'),
    batchText: 'Das alles geschieht auf einmal, jedes wie gezeigt.',
    approve: inGerman('# annehmen', 'Alle # annehmen'),
    failed: inGerman(
      '# Vorschlag konnte nicht angenommen werden; seine Karte sagt, warum.',
      '# Vorschläge konnten nicht angenommen werden; ihre Karten sagen, warum.',
    ),
    approved: inGerman('# Vorschlag ist angenommen.', '# Vorschläge sind angenommen.'),
    keys: { move: 'bewegen', approve: 'annehmen', edit: 'bearbeiten', reject: 'ablehnen', undo: 'rückgängig' },
  },
};
