import type { SeenPage } from '@kefu/sdk';

/** A page that changes its address has its new title a little later, milliseconds. */
const TITLE_MS = 500;

/** Where the visitor is: the page around. Its secrets are the server's to leave out (docs/assist.md). */
export function pageOf({ location, document }: Window): SeenPage {
  return { url: location.href, title: document.title, referrer: document.referrer };
}

/** Calls when the page has another address without a reload, where the browser tells that. */
export function onTurn(page: Window, then: () => void): void {
  const { navigation } = page as { navigation?: Partial<EventTarget> };
  let { href } = page.location;
  // A page may have something else of that name.
  navigation?.addEventListener?.('currententrychange', () => {
    if (page.location.href === href) return;
    ({ href } = page.location);
    setTimeout(then, TITLE_MS);
  });
}
