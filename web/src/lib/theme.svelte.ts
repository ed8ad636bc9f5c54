import { local, onElsewhere } from './storage';

export type Theme = 'light' | 'dark';

const KEY = 'kefu.theme';

/** Light or dark. Follows the system until somebody chooses. */
class ThemeChoice {
  current = $state<Theme>(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light');

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
      if (local.get(KEY) === null) this.apply(event.matches ? 'dark' : 'light');
    });
    onElsewhere(KEY, (value) => {
      if (value === 'light' || value === 'dark') this.apply(value);
    });
  }

  toggle(): void {
    const next = this.current === 'dark' ? 'light' : 'dark';
    local.set(KEY, next);
    this.apply(next);
  }

  private apply(theme: Theme): void {
    this.current = theme;
    document.documentElement.dataset.theme = theme;
  }
}

export const theme = new ThemeChoice();
