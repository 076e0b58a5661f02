import type { Words } from './en.ts';
import { plural } from './plural.ts';

const count = (one: string, other: string) => (n: number) => plural('de', n, { one, other });

/** Die Oberfläche auf Deutsch. */
export const de: Words = {
  app: {
    skipToContent: 'Zum Inhalt springen',
    navigation: 'Hauptnavigation',
    more: 'Mehr',
    settings: 'Einstellungen',
    loading: 'Wird geladen …',
    close: 'Schließen',
    cancel: 'Abbrechen',
    dismiss: 'Ausblenden',
    notifications: 'Mitteilungen',
  },
  unsaved: {
    title: 'Verwerfen, was du geschrieben hast?',
    text: 'Es wurde nicht gespeichert und lässt sich nicht zurückholen.',
    discard: 'Verwerfen',
  },
  nav: {
    missions: 'Missionen',
    inbox: 'Eingang',
    todo: 'Aufgaben',
    calendar: 'Kalender',
    places: 'Orte',
    notes: 'Notizen',
    goals: 'Ziele',
    workbench: 'Werkbank',
    pending: count('# Vorschlag zu entscheiden', '# Vorschläge zu entscheiden'),
  },
  settings: {
    theme: 'Farbschema',
    themes: { system: 'System', light: 'Hell', dark: 'Dunkel' },
    language: 'Sprache',
    languages: { browser: 'Browser', en: 'English', de: 'Deutsch' },
    api: 'API dieses Dienstes',
    shortcuts: 'Tastenkürzel',
  },
  shortcuts: {
    title: 'Tastenkürzel',
    everywhere: 'Überall',
    thisPage: 'Auf dieser Seite',
    goTo: (page) => `Gehe zu ${page}`,
    show: 'Tastenkürzel zeigen',
    nextKey: 'dann',
  },
  sync: {
    label: (state: string) => `Abgleich: ${state}`,
    states: {
      idle: 'Verbindet',
      pushing: 'Wird abgeglichen',
      live: 'Abgeglichen',
      offline: 'Offline',
      error: 'Nicht abgeglichen',
    },
    reasons: {
      not_started: 'Der Abgleich hat noch nicht begonnen.',
      connecting: 'Die Verbindung zum Dienst wird aufgebaut.',
      stopped: 'Der Abgleich ruht; vielleicht führt ihn ein anderer Tab fort.',
      up_to_date: 'Alles ist hier, und was kommt, erscheint sofort.',
      sending: 'Deine Änderungen sind unterwegs.',
      no_network: 'Dieses Gerät hat kein Netz. Was du tust, bleibt erhalten und wird von selbst gesendet.',
      service_unreachable: 'Der Dienst antwortet nicht. Was du tust, bleibt erhalten und wird von selbst gesendet.',
      service_busy: 'Der Dienst bittet um etwas Geduld. Was du tust, bleibt erhalten und wird von selbst gesendet.',
      sign_in_needed: 'Dein Token gilt nicht mehr. Melde dich neu an; nichts geht verloren.',
      storage_full: 'Der Browser gibt dieser Seite keinen Speicher mehr. Schaffe Platz und versuche es dann erneut.',
      storage_failed: 'Der Browser konnte nicht speichern, was kam. Versuche es erneut oder lade die Seite neu.',
      service_refused: 'Der Dienst hat eine Anfrage dieser Seite abgelehnt. Lade sie neu; sie ist vielleicht veraltet.',
      unexpected: 'Auf dieser Seite ist etwas schiefgegangen. Lade sie neu; nichts geht verloren.',
    },
    unsynced: (n: number) =>
      n === 0
        ? 'Nichts wartet darauf, gesendet zu werden.'
        : plural('de', n, {
            one: '# Änderung wartet darauf, gesendet zu werden.',
            other: '# Änderungen warten darauf, gesendet zu werden.',
          }),
    evictable:
      'Der Browser darf entfernen, was hier gespeichert ist, wenn ihm der Platz ausgeht, und diese Änderungen auch. Verbinde dich mit dem Dienst, bevor du dieses Gerät länger weglegst.',
    last: 'Der Dienst hat sich zuletzt gemeldet:',
    retry: 'Jetzt erneut versuchen',
  },
  session: {
    title: 'Anmelden',
    text: 'Dieser Dienst möchte wissen, wer du bist. Füge das Token ein, das du bekommen hast.',
    token: 'Token',
    tokenRefused: 'Dieses Token gilt nicht:',
    tokenHint: 'Es bleibt in diesem Browser, bis du dich abmeldest.',
    signIn: 'Anmelden',
    retry: 'Erneut versuchen',
    reload: 'Seite neu laden',
    signOut: 'Abmelden',
    signedInAs: 'Angemeldet als',
    signOutTitle: 'Von diesem Gerät abmelden?',
    signOutText: 'Alles, was hier gespeichert ist, wird entfernt. Beim Dienst ändert sich nichts.',
    signOutUnsynced: (n: number) =>
      plural('de', n, {
        one: '# Änderung wurde noch nicht gesendet und ginge verloren.',
        other: '# Änderungen wurden noch nicht gesendet und gingen verloren.',
      }),
    phases: {
      unreachable: {
        title: 'Der Dienst antwortet nicht',
        text: 'Auf diesem Gerät ist noch nichts gespeichert, also gibt es ohne ihn nichts zu zeigen.',
      },
      closed: {
        title: 'Diese Seite ist veraltet',
        text: 'Ein anderer Tab hat sich abgemeldet oder nutzt eine neuere Version.',
      },
      failed: {
        title: 'In diesem Browser kann nichts gespeichert werden',
        text: 'Deine Einträge liegen auf diesem Gerät, und der Browser lässt diese Seite nichts ablegen.',
      },
    },
  },
  ghost: {
    suggestedBy: 'Vorgeschlagen von',
  },
  datePicker: {
    open: 'Kalender öffnen',
    previousMonth: 'Voriger Monat',
    nextMonth: 'Nächster Monat',
    clear: 'Datum entfernen',
  },
  pages: {
    mission: {
      title: 'Mission',
      missingTitle: 'Diese Mission gibt es nicht',
      missing: 'Vielleicht wurde sie gelöscht, oder sie ist noch auf dem Weg zu diesem Gerät.',
    },
    inbox: {
      emptyTitle: 'Nichts zu entscheiden',
      empty:
        'Wenn eine Mission geplant wird, kommen ihre Vorschläge hierher. Nichts ändert sich, bevor du zugestimmt hast.',
    },
    todo: {
      emptyTitle: 'Keine Aufgaben',
      empty: 'Schreib die erste auf, oder schreib eine Mission und nimm die Aufgaben an, die sie vorschlägt.',
    },
    calendar: {
      emptyTitle: 'Keine Termine',
      empty: 'Trag einen Termin ein, oder schreib eine Mission mit Daten und nimm die Termine an, die sie vorschlägt.',
    },
    places: {
      emptyTitle: 'Keine Orte',
      empty: 'Sammle hier die Orte, die dir wichtig sind, damit sich Missionen auf sie beziehen können.',
    },
    notes: {
      emptyTitle: 'Keine Notizen',
      empty: 'Eine Notiz kann in eine Mission einfließen: Was du hineinschreibst, liest der Planer.',
    },
    goals: {
      emptyTitle: 'Keine Ziele',
      empty: 'Ein Ziel hat ein Maß und ein Datum. Missionen können vorschlagen, wie es vorankommt.',
    },
    workbench: {
      emptyTitle: 'Noch nichts in deinem Namen getan',
      empty:
        'Jede Änderung, die eine Mission vornimmt, steht hier mit Iteration, Begründung und dem, der sie angenommen hat.',
    },
    notFound: {
      title: 'Hier ist nichts',
      body: 'Vielleicht ist die Adresse vertippt, oder was sie nannte, gibt es nicht mehr.',
      home: 'Zu den Missionen',
    },
    failed: {
      title: 'Diese Seite konnte nicht geladen werden',
      body: 'Der Dienst antwortet nicht, und die Seite ist auf diesem Gerät nicht gespeichert. Versuch es später noch einmal.',
      retry: 'Noch einmal versuchen',
    },
  },
};
