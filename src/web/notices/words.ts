import { plural } from '../i18n/plural.ts';

export const words = {
  en: {
    title: 'What happened while syncing',
    open: (n: number) =>
      n === 0 ? 'Notes on syncing' : plural('en', n, { one: '# note on syncing', other: '# notes on syncing' }),
    several: (n: number) => plural('en', n, { one: '# new note on syncing', other: '# new notes on syncing' }),
    show: 'Show',
    noneTitle: 'Nothing to tell',
    none: 'When another device was faster, or the service refused a change, it stands here.',
    gotIt: 'Got it',
    gotAll: 'Got all of it',
    retry: 'Try again',
    discard: 'Discard',
    keep: 'Keep',
    sure: 'What you wrote is lost then. Discard it?',
    retried: 'It is on its way again.',
    gone: 'This note is gone already.',
    look: 'Look at it',
    overwritten: {
      title: (field: string, record: string) => `${field} of “${record}” was changed elsewhere after you`,
      text: 'The later change holds.',
      yours: 'You wrote',
      theirs: 'It is now',
    },
    withdrawn: {
      approved: (proposal: string) => `Your approval does not stand: ${proposal}`,
      rejected: (proposal: string) => `Your rejection does not stand: ${proposal}`,
      won: {
        approved: 'It had been approved already',
        rejected: 'It had been rejected already',
        superseded: 'A newer plan had replaced it',
        expired: 'It had expired',
      } as Record<string, string>,
      wonByPolicy: 'by your policy',
      wonFeedback: 'with the words',
      yourFeedback: 'You had written',
      reasons: {
        proposal_not_found: 'There is no such proposal any more.',
        proposal_changed: 'The proposal is not the one that you saw. Look at it again.',
        effect_refused: 'It could not be carried out. The proposal is open again.',
        tool_denied: 'Your policy denies this tool. The proposal is open again.',
        invalid_params: 'What you entered is not valid. The proposal is open again.',
      } as Record<string, string>,
      other: 'The service did not take it:',
    },
    refused: {
      title: (record: string) => `A change to “${record}” was not taken`,
      reasons: {
        record_gone: 'It was made on a proposal that did not become a record.',
        body_too_large: 'It is too large.',
      } as Record<string, string>,
      other: 'The service says:',
      kept: 'It is kept here until you decide.',
    },
  },
  de: {
    title: 'Was beim Abgleich geschah',
    open: (n: number) =>
      n === 0
        ? 'Hinweise zum Abgleich'
        : plural('de', n, { one: '# Hinweis zum Abgleich', other: '# Hinweise zum Abgleich' }),
    several: (n: number) =>
      plural('de', n, { one: '# neuer Hinweis zum Abgleich', other: '# neue Hinweise zum Abgleich' }),
    show: 'Zeigen',
    noneTitle: 'Nichts zu berichten',
    none: 'Wenn ein anderes Gerät schneller war oder der Dienst eine Änderung ablehnt, steht es hier.',
    gotIt: 'Verstanden',
    gotAll: 'Alles verstanden',
    retry: 'Erneut versuchen',
    discard: 'Verwerfen',
    keep: 'Behalten',
    sure: 'Was du geschrieben hast, ist dann verloren. Verwerfen?',
    retried: 'Es ist wieder unterwegs.',
    gone: 'Diesen Hinweis gibt es nicht mehr.',
    look: 'Ansehen',
    overwritten: {
      title: (field: string, record: string) => `${field} von „${record}“ wurde nach dir anderswo geändert`,
      text: 'Es gilt die spätere Änderung.',
      yours: 'Du schriebst',
      theirs: 'Jetzt steht da',
    },
    withdrawn: {
      approved: (proposal: string) => `Deine Annahme gilt nicht: ${proposal}`,
      rejected: (proposal: string) => `Deine Ablehnung gilt nicht: ${proposal}`,
      won: {
        approved: 'Der Vorschlag war schon angenommen',
        rejected: 'Der Vorschlag war schon abgelehnt',
        superseded: 'Ein neuerer Plan hatte ihn ersetzt',
        expired: 'Der Vorschlag war abgelaufen',
      } as Record<string, string>,
      wonByPolicy: 'durch deine Regel',
      wonFeedback: 'mit den Worten',
      yourFeedback: 'Du hattest geschrieben',
      reasons: {
        proposal_not_found: 'Diesen Vorschlag gibt es nicht mehr.',
        proposal_changed: 'Der Vorschlag ist nicht mehr der, den du gesehen hast. Sieh ihn dir noch einmal an.',
        effect_refused: 'Er ließ sich nicht ausführen. Der Vorschlag ist wieder offen.',
        tool_denied: 'Deine Regel verbietet dieses Werkzeug. Der Vorschlag ist wieder offen.',
        invalid_params: 'Deine Eingaben sind nicht gültig. Der Vorschlag ist wieder offen.',
      } as Record<string, string>,
      other: 'Der Dienst hat sie nicht genommen:',
    },
    refused: {
      title: (record: string) => `Eine Änderung an „${record}“ wurde nicht genommen`,
      reasons: {
        record_gone: 'Sie betraf einen Vorschlag, aus dem kein Eintrag wurde.',
        body_too_large: 'Sie ist zu groß.',
      } as Record<string, string>,
      other: 'Der Dienst sagt:',
      kept: 'Sie bleibt hier, bis du entscheidest.',
    },
  },
};

export type NoticeWords = (typeof words)['en'];
