/** A piece of text: plain, or an address that may be opened. */
export interface Piece {
  text: string;
  href?: string;
}

// Stops at spaces, quotes, brackets and at any Chinese character or full-width mark, which people
// write straight after an address.
const ADDRESS =
  /https?:\/\/[^\s<>"'`()[\]{}\u2018-\u201d\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+/gi;
const TRAILING = /[.,;:!?…]+$/;

/** Finds http(s) addresses in text. Everything else stays text: nothing is ever parsed as HTML. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = match[0].replace(TRAILING, '');
    const href = webAddress(shown);
    if (!href) continue;
    if (match.index > done) pieces.push({ text: text.slice(done, match.index) });
    pieces.push({ text: shown, href });
    done = match.index + shown.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}

/** The address when it is http or https, else nothing. */
export function webAddress(text: string): string | undefined {
  return address(text, ['http:', 'https:']);
}

/** An address that a button may open. */
export function buttonAddress(text: string): string | undefined {
  return address(text, ['http:', 'https:', 'tel:', 'mailto:']);
}

function address(text: string, protocols: string[]): string | undefined {
  try {
    const url = new URL(text);
    return protocols.includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
