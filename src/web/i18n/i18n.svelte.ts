import { readStored, writeStored } from '../state/stored.ts';
import { de } from './de.ts';
import { en, type Words } from './en.ts';

export const DICTIONARIES = { en, de } satisfies Record<string, Words>;
export type Language = keyof typeof DICTIONARIES;
export const LANGUAGES = Object.keys(DICTIONARIES) as Language[];

/** The words of a part of the interface in every language; the English ones say what there must be. */
export interface Dictionaries<Own> {
  en: Own;
  de: NoInfer<Own>;
}

const NAME = 'language';

class Interface {
  #chosen = $state<Language | null>(LANGUAGES.find((language) => language === readStored(NAME)) ?? null);
  #language = $derived(this.#chosen ?? browserLanguage(navigator.languages));

  /** The language that was chosen; null: that of the browser. */
  get chosen(): Language | null {
    return this.#chosen;
  }

  get language(): Language {
    return this.#language;
  }

  /** For Intl: the browser's own variant of the language (`en-GB`), or the language itself. */
  get locale(): string {
    return navigator.languages.find((tag) => primary(tag) === this.#language) ?? this.#language;
  }

  /** Every word of the interface. */
  get words(): Words {
    return DICTIONARIES[this.#language];
  }

  /** The words of one page, which are loaded with it: `i18n.of(wordsOfThisPage).title`. */
  of<Own>(dictionaries: Dictionaries<Own>): Own {
    return dictionaries[this.#language];
  }

  /** Takes effect at once and is kept for the next visit; null goes back to the browser's language. */
  choose(language: Language | null): void {
    this.#chosen = language;
    writeStored(NAME, language);
  }
}

export const i18n = new Interface();

/** The first of the browser's languages that the interface speaks, or English. */
export function browserLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    const spoken = LANGUAGES.find((language) => language === primary(tag));
    if (spoken) return spoken;
  }
  return 'en';
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}
