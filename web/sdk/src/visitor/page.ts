import type { Rest } from '../net/rest.js';
import type { Visitor } from './visitor.js';

/** Where a visitor is. What looks secret in addresses the server does not keep (docs/assist.md). */
export interface SeenPage {
  readonly url: string;
  readonly title: string;
  /** Where they came from; may be empty. */
  readonly referrer: string;
}

/** Characters of an address or a title that are worth sending: the server keeps fewer. */
const CHARS_MAX = 2_000;

/** Says on which page the visitor is. False when it is not kept. Rejects with a `ProblemError`. */
export async function seePage(rest: Rest, page: SeenPage): Promise<boolean> {
  const bounded = Object.entries(page).map(([name, text]) => [name, text.slice(0, CHARS_MAX)]);
  const answer = await rest.call('POST', '/page', Object.fromEntries(bounded));
  return Boolean((answer as { kept?: boolean }).kept);
}

/**
 * Says it now, and as soon as there is a session; what it gives says it again, after the page changed
 * without a reload. Nobody is told when it fails: a page that is not kept is no loss.
 */
export function reportPages(visitor: Visitor, page: () => SeenPage): () => void {
  const tell = async () => {
    const seen = page();
    // Pages of files and of apps have no address that anybody else could open.
    if (/^https?:/.test(seen.url)) await seePage(visitor.client.rest, seen);
  };
  const report = () => {
    if (visitor.room) tell().catch(() => undefined);
  };
  visitor.on('room', report);
  report();
  return report;
}
