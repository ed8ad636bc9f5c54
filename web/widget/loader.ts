/**
 * Runs in the host's page, and does as little there as can be: the page may have changed what its
 * globals and prototypes do. It makes an element with a shadow root at the end of the page, puts an
 * empty frame into it, and loads this same file in there, where every global is the browser's own.
 */
import { ELEMENT, REALM, SERVER } from './marks';

const script = ownScript();
if (script) whenParsed(() => place(script));

function ownScript(): HTMLScriptElement | null {
  const current = document.currentScript as HTMLScriptElement | null;
  if (current?.tagName === 'SCRIPT' && current.src) return current;
  return document.querySelector('script[src$="/widget.js"], script[src*="/widget.js?"]');
}

function whenParsed(then: () => void): void {
  if (document.readyState !== 'loading') then();
  else document.addEventListener('DOMContentLoaded', then, { once: true });
}

function place(script: HTMLScriptElement): void {
  const [server] = /^https?:\/\/[^/]+/.exec(script.src) ?? [];
  // A second tag does nothing, and neither does a page that runs its scripts again.
  if (!server || document.querySelector(`[${SERVER}="${server}"]`)) return;
  const { element, furnished } = newElement(script);
  for (let at = 0; at < script.attributes.length; at += 1) {
    const { name, value } = script.attributes[at]!;
    if (name.slice(0, 5) === 'data-') element.setAttribute(name, value);
  }
  element.setAttribute(SERVER, server);
  // Not into the body: pages that replace it keep the conversation.
  document.documentElement.appendChild(element);
  if (!furnished) furnish(element, script);
}

/** A custom element where the name is free, else a plain one, which does the same. */
function newElement(script: HTMLScriptElement): { element: HTMLElement; furnished: boolean } {
  try {
    if (!customElements.get(ELEMENT)) {
      customElements.define(
        ELEMENT,
        class extends HTMLElement {
          /** Also when the page moves it: a frame that moves begins anew. */
          connectedCallback(): void {
            furnish(this, script);
          }
        },
      );
      return { element: document.createElement(ELEMENT), furnished: true };
    }
  } catch {
    // The page forbids new elements.
  }
  return { element: document.createElement('div'), furnished: false };
}

function furnish(element: HTMLElement, script: HTMLScriptElement): void {
  const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
  root.textContent = '';
  const frame = document.createElement('iframe');
  frame.setAttribute(REALM, '');
  frame.setAttribute('aria-hidden', 'true');
  frame.title = 'Kefu';
  frame.tabIndex = -1;
  frame.hidden = true;
  let begun: Document | null = null;
  frame.addEventListener('load', () => {
    const inside = frame.contentDocument;
    if (!inside) console.warn("Kefu's widget is not shown: this page is sandboxed");
    if (!inside || begun === inside) return;
    begun = inside;
    inside.head.appendChild(copyOf(script, frame.contentWindow as Window, inside));
  });
  root.appendChild(frame);
}

function copyOf(script: HTMLScriptElement, realm: Window, inside: Document): HTMLScriptElement {
  const copy = inside.createElement('script');
  copy.nonce = script.nonce;
  copy.crossOrigin = script.crossOrigin;
  copy.integrity = script.integrity;
  copy.src = trusted(script.src, realm) as string;
  return copy;
}

interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}

/** An address as pages with Trusted Types want it. */
function trusted(url: string, realm: Window): unknown {
  const { trustedTypes } = realm as unknown as { trustedTypes?: Policies };
  try {
    const policy = trustedTypes?.createPolicy(ELEMENT, { createScriptURL: (given) => given });
    return policy?.createScriptURL(url) ?? url;
  } catch {
    return url;
  }
}
