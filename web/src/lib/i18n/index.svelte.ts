import { local, onElsewhere } from '../storage';
import { CATALOGUES } from './catalogues';

export type Language = 'zh' | 'en';

const KEY = 'kefu.language';

/** Chinese unless the address or an earlier choice says otherwise. */
function initial(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? local.get(KEY);
  return asked === 'en' ? 'en' : 'zh';
}

class I18n {
  language = $state<Language>(initial());
  /** The words of the page. */
  readonly m = $derived(CATALOGUES[this.language]);

  constructor() {
    this.mark();
    onElsewhere(KEY, (value) => {
      if (value === 'zh' || value === 'en') this.show(value);
    });
  }

  set(language: Language): void {
    local.set(KEY, language);
    this.show(language);
  }

  /** What the page around asks for: shown, and not kept as somebody's choice. */
  follow(language: Language): void {
    this.show(language);
  }

  toggle(): void {
    this.set(this.language === 'zh' ? 'en' : 'zh');
  }

  /** What went wrong, in words for the person who reads the page. */
  problem(code: string): string {
    return this.m.problems[code] ?? this.m.problems.unknown ?? code;
  }

  private show(language: Language): void {
    this.language = language;
    this.mark();
  }

  private mark(): void {
    document.documentElement.lang = CATALOGUES[this.language].locale;
  }
}

export const i18n = new I18n();
