import type { Who } from './visit.svelte';

const ATTRIBUTE = 'data-identity';
const REFUSED = 'kefu-identity';

/** What the page says at the element: who sits here. */
export function identityOf(element: HTMLElement): string {
  return element.getAttribute(ATTRIBUTE) ?? '';
}

/** Calls whenever the page says it anew. */
export function onIdentity(element: HTMLElement, then: () => void): void {
  new MutationObserver(then).observe(element, { attributeFilter: [ATTRIBUTE] });
}

/** Tells the page that its token was not believed, so that it gets a new one. */
export function refuse(element: HTMLElement, code: string): void {
  element.dispatchEvent(new CustomEvent(REFUSED, { detail: code }));
}

export function whoAt(element: HTMLElement): Who {
  return {
    identity: () => identityOf(element),
    refused: (code) => refuse(element, code),
  };
}
