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
    states: {
      idle: 'Bereit',
      pushing: 'Wird abgeglichen',
      live: 'Abgeglichen',
      offline: 'Offline',
      error: 'Fehler beim Abgleich',
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
    missions: {
      emptyTitle: 'Noch keine Missionen',
      empty:
        'Eine Mission ist ein dauerhaftes Ziel in eigenen Worten. Sobald du eine schreibst, wird sie geplant, und jeder Planschritt wird ein Vorschlag, der auf deine Entscheidung wartet.',
    },
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
