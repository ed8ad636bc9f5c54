import { i18n, type Language } from '../../src/lib/i18n/index.svelte';
import type { Theme } from '../../src/lib/theme.svelte';
import { optionsOf } from './options';

/** Light or dark, Chinese or English, as the page around says it now. */
export class Appearance {
  theme = $state<Theme>('light');
  language = $state<Language>('zh');

  constructor(
    private readonly page: Window,
    private readonly element: HTMLElement,
  ) {
    const look = () => this.look();
    const watcher = new MutationObserver(look);
    const attributeFilter = ['data-theme', 'data-language'];
    for (const node of [element, page.document.documentElement]) {
      watcher.observe(node, { attributes: true, attributeFilter });
    }
    darkness(page)?.addEventListener('change', look);
    this.look();
  }

  private look(): void {
    const options = optionsOf(this.element);
    const { dataset } = this.page.document.documentElement;
    const pages = dataset.theme === 'light' || dataset.theme === 'dark' ? dataset.theme : undefined;
    const systems = darkness(this.page)?.matches ? 'dark' : 'light';
    this.theme = options.theme ?? pages ?? systems;
    this.language = options.language ?? (/^zh/i.test(navigator.language) ? 'zh' : 'en');
    i18n.follow(this.language);
  }
}

/** Asked of the page, since a frame in it may be told otherwise. */
function darkness(page: Window): MediaQueryList | undefined {
  try {
    return page.matchMedia('(prefers-color-scheme: dark)');
  } catch {
    return undefined;
  }
}
