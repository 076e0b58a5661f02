import { plural } from './plural.ts';

const count = (one: string, other: string) => (n: number) => plural('en', n, { one, other });

/** The interface in English. Its type is what every other language must have. */
export const en = {
  app: {
    skipToContent: 'Skip to content',
    navigation: 'Main',
    more: 'More',
    settings: 'Settings',
    loading: 'Loading …',
    close: 'Close',
    cancel: 'Cancel',
    dismiss: 'Dismiss',
    notifications: 'Notifications',
  },
  unsaved: {
    title: 'Discard what you wrote?',
    text: 'It has not been saved, and cannot be brought back.',
    discard: 'Discard',
  },
  nav: {
    missions: 'Missions',
    inbox: 'Inbox',
    todo: 'Todo',
    calendar: 'Calendar',
    places: 'Places',
    notes: 'Notes',
    goals: 'Goals',
    workbench: 'Workbench',
    pending: count('# proposal to decide', '# proposals to decide'),
  },
  settings: {
    theme: 'Theme',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    language: 'Language',
    languages: { browser: 'Browser', en: 'English', de: 'Deutsch' },
    api: 'API of this service',
    shortcuts: 'Keyboard shortcuts',
  },
  shortcuts: {
    title: 'Keyboard shortcuts',
    everywhere: 'Everywhere',
    thisPage: 'On this page',
    goTo: (page: string) => `Go to ${page}`,
    show: 'Show the keyboard shortcuts',
    nextKey: 'then',
  },
  sync: {
    label: (state: string) => `Sync status: ${state}`,
    states: { idle: 'Connecting', pushing: 'Syncing', live: 'In sync', offline: 'Offline', error: 'Not in sync' },
    reasons: {
      not_started: 'Syncing has not begun yet.',
      connecting: 'Connecting to the service.',
      stopped: 'Syncing has stopped; another tab may go on with it.',
      up_to_date: 'Everything is here, and what comes arrives at once.',
      sending: 'Your changes are on their way.',
      no_network: 'This device has no network. What you do is kept and goes out by itself.',
      service_unreachable: 'The service does not answer. What you do is kept and goes out by itself.',
      service_busy: 'The service asks to wait a moment. What you do is kept and goes out by itself.',
      sign_in_needed: 'Your token does not count any more. Sign in again; nothing is lost.',
      storage_full: 'The browser gives this page no more storage. Free some, then try again.',
      storage_failed: 'The browser could not store what came. Try again, or load the page anew.',
      service_refused: 'The service refused what this page asked for. Load the page anew; it may be out of date.',
      unexpected: 'Something went wrong on this page. Load it anew; nothing is lost.',
    },
    unsynced: (n: number) =>
      n === 0
        ? 'Nothing waits to be sent.'
        : plural('en', n, { one: '# change waits to be sent.', other: '# changes wait to be sent.' }),
    evictable:
      'The browser may remove what is kept here when its storage runs short, and these changes with it. Connect to the service before you put this device away for long.',
    last: 'The service was last heard of',
    retry: 'Try again now',
  },
  session: {
    title: 'Sign in',
    text: 'This service wants to know who you are. Paste the token that you were given.',
    token: 'Token',
    tokenRefused: 'This token does not count:',
    tokenHint: 'It is kept in this browser until you sign out.',
    signIn: 'Sign in',
    retry: 'Try again',
    reload: 'Load the page anew',
    signOut: 'Sign out',
    signedInAs: 'Signed in as',
    signOutTitle: 'Sign out of this device?',
    signOutText: 'Everything that is stored here is removed. At the service nothing changes.',
    signOutUnsynced: (n: number) =>
      plural('en', n, {
        one: '# change has not been sent yet, and would be lost.',
        other: '# changes have not been sent yet, and would be lost.',
      }),
    phases: {
      unreachable: {
        title: 'The service does not answer',
        text: 'Nothing is stored on this device yet, so there is nothing to show without it.',
      },
      closed: {
        title: 'This page is out of date',
        text: 'Another tab has signed out, or uses a newer version.',
      },
      failed: {
        title: 'Nothing can be stored in this browser',
        text: 'Your records are kept on this device, and the browser does not let this page do so.',
      },
    },
  },
  ghost: {
    suggestedBy: 'Suggested by',
  },
  datePicker: {
    open: 'Open the calendar',
    previousMonth: 'Previous month',
    nextMonth: 'Next month',
    clear: 'Clear the date',
  },
  pages: {
    mission: {
      title: 'Mission',
      missingTitle: 'No such mission',
      missing: 'It may have been deleted, or it is still on its way to this device.',
    },
    inbox: {
      emptyTitle: 'Nothing to decide',
      empty: 'When a mission is planned, its proposals come here. Nothing changes before you approve it.',
    },
    todo: {
      emptyTitle: 'No tasks',
      empty: 'Write down the first one, or write a mission and approve the tasks that it proposes.',
    },
    calendar: {
      emptyTitle: 'No events',
      empty: 'Add an event, or write a mission with dates in it and approve the events that it proposes.',
    },
    places: {
      emptyTitle: 'No places',
      empty: 'Keep the places that matter to you, so that missions can refer to them.',
    },
    notes: {
      emptyTitle: 'No notes',
      empty: 'A note can be an input of a mission: what you write in it, the planner reads.',
    },
    goals: {
      emptyTitle: 'No goals',
      empty: 'A goal has a measure and a date. Missions can propose how to move it along.',
    },
    workbench: {
      emptyTitle: 'Nothing was done in your name',
      empty: 'Every change that a mission makes stands here, with its iteration, its rationale and who approved it.',
    },
    notFound: {
      title: 'There is nothing here',
      body: 'The address may be mistyped, or what it named is gone.',
      home: 'To the missions',
    },
    failed: {
      title: 'This page could not be loaded',
      body: 'The service does not answer, and the page was not kept on this device. Try again when it does.',
      retry: 'Try again',
    },
  },
};

export type Words = typeof en;
