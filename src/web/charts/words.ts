import { plural } from '../i18n/plural.ts';

export const words = {
  en: {
    table: 'Show as a table',
    when: 'When',
    approved: 'Approved',
    rejected: 'Rejected',
    decisions: (approved: number, rejected: number) =>
      `${plural('en', approved, { one: '# proposal approved', other: '# proposals approved' })}, ${plural('en', rejected, { one: '# rejected', other: '# rejected' })}.`,
    noDecisions: 'Nothing has been decided yet.',
    latency: 'Time to plan',
    latencySummary: (median: string, plans: number) =>
      `${plural('en', plans, { one: '# plan', other: '# plans' })}, half of them within ${median}.`,
    noPlans: 'Nothing has been planned yet.',
    planned: 'Planned',
    failed: 'Failed',
    result: 'Result',
  },
  de: {
    table: 'Als Tabelle zeigen',
    when: 'Wann',
    approved: 'Angenommen',
    rejected: 'Abgelehnt',
    decisions: (approved: number, rejected: number) =>
      `${plural('de', approved, { one: '# Vorschlag angenommen', other: '# Vorschläge angenommen' })}, ${plural('de', rejected, { one: '# abgelehnt', other: '# abgelehnt' })}.`,
    noDecisions: 'Noch ist nichts entschieden.',
    latency: 'Dauer der Planung',
    latencySummary: (median: string, plans: number) =>
      `${plural('de', plans, { one: '# Plan', other: '# Pläne' })}, die Hälfte davon binnen ${median}.`,
    noPlans: 'Noch ist nichts geplant.',
    planned: 'Geplant',
    failed: 'Gescheitert',
    result: 'Ergebnis',
  },
};
