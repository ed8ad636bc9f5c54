import type { SeenPage } from '@kefu/sdk';
import type { Language } from '../../src/lib/i18n/index.svelte';
import type { Theme } from '../../src/lib/theme.svelte';

/** What the widget's page says to the page around it. */
export type FromFrame =
  | { kefu: 'ready'; name: Record<Language, string>; wasOpen: boolean }
  | { kefu: 'unread'; count: number }
  | { kefu: 'close' }
  | { kefu: 'refused'; code: string };

/** And what it is told. */
export type ToFrame =
  | { kefu: 'shown'; open: boolean; focus: boolean }
  | { kefu: 'look'; language: Language; theme: Theme }
  | { kefu: 'identity'; token: string }
  | ({ kefu: 'page' } & SeenPage);

/** Pages say all kinds of things to each other; whose it is stands in `kefu`. */
export function isOurs<T extends { kefu: string }>(data: unknown): data is T {
  return typeof data === 'object' && data !== null && typeof (data as T).kefu === 'string';
}
