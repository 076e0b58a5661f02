import { plural } from '../../i18n/plural.ts';

const inEnglish = (one: string, other: string) => (n: number) => plural('en', n, { one, other });
const inGerman = (one: string, other: string) => (n: number) => plural('de', n, { one, other });

export const words = {
  en: {
    waiting: inEnglish('# proposal waits for your decision.', '# proposals wait for your decision.'),
    unnamed: 'Mission',
    approveAll: 'Approve all',
    approveAllOf: (mission: string) => `Approve all that ${mission} suggests`,
    batchTitle: inEnglish('Approve # proposal?', 'Approve # proposals?'),
    batchText: 'All of this happens at once, each as shown.',
    approve: inEnglish('Approve #', 'Approve all #'),
    failed: inEnglish(
      '# proposal could not be approved; its card says why.',
      '# proposals could not be approved; their cards say why.',
    ),
    approved: inEnglish('# proposal is approved.', '# proposals are approved.'),
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
