import { readStored, writeStored } from './stored.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const NAME = 'theme';

class ThemeChoice {
  #choice = $state<Theme>(THEMES.find((theme) => theme === readStored(NAME)) ?? 'system');

  get choice(): Theme {
    return this.#choice;
  }

  /** Shows the theme at once and keeps it for the next visit. `before-first-paint.js` reads what is kept. */
  choose(theme: Theme): void {
    this.#choice = theme;
    writeStored(NAME, theme === 'system' ? null : theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
}

export const theme = new ThemeChoice();
