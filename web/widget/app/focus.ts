const TABBABLE =
  'a[href], button:not([disabled]), textarea, input, select, iframe, [tabindex]:not([tabindex="-1"])';

/**
 * Keeps Tab among what is inside: behind a conversation that covers the page there is nothing. Every
 * step is made here, because a browser has stops of its own, such as what scrolls, and leaves by them.
 */
export function keepInside(event: KeyboardEvent, inside: HTMLElement): void {
  if (event.key !== 'Tab' || event.altKey || event.ctrlKey || event.metaKey) return;
  const stops = [...inside.querySelectorAll<HTMLElement>(TABBABLE)].filter(isShown);
  if (stops.length === 0) return;
  event.preventDefault();
  const now = (inside.getRootNode() as ShadowRoot).activeElement ?? inside;
  const away = event.shiftKey ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
  if (event.shiftKey) stops.reverse();
  const next = stops.find(
    (stop) => now.compareDocumentPosition(stop) & away && !stop.contains(now),
  );
  (next ?? stops[0])?.focus();
}

function isShown(element: HTMLElement): boolean {
  return element.tabIndex >= 0 && element.getClientRects().length > 0;
}

/** What happens in the widget by keyboard and clipboard is none of the page's shortcuts. */
const PRIVATE = [
  'keydown',
  'keyup',
  'keypress',
  'beforeinput',
  'input',
  'paste',
  'copy',
  'cut',
  'compositionstart',
  'compositionupdate',
  'compositionend',
];

export function keepPrivate(shell: HTMLElement): void {
  for (const name of PRIVATE) shell.addEventListener(name, (event) => event.stopPropagation());
}
