/** A piece of a note's text; `login` when it mentions a colleague. */
export interface Piece {
  text: string;
  login?: string;
}

const WORD = /[A-Za-z0-9_-]/;

/** A note's text with its mentions told apart, by the rules by which the server finds them. */
export function pieces(text: string, logins: readonly string[]): Piece[] {
  const longest = [...logins].filter(Boolean).sort((a, b) => b.length - a.length);
  const found: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at < from || WORD.test(text[at - 1] ?? ' ')) continue;
    const rest = text.slice(at + 1).toLowerCase();
    const login = longest.find((each) => names(rest, each.toLowerCase()));
    if (login === undefined) continue;
    if (at > from) found.push({ text: text.slice(from, at) });
    from = at + 1 + login.length;
    found.push({ text: text.slice(at, from), login });
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

function names(rest: string, login: string): boolean {
  const [last = ' ', next = ' '] = [login.at(-1), rest[login.length]];
  return rest.startsWith(login) && !(WORD.test(last) && WORD.test(next));
}

/** The "@…" that is being written just before the cursor, without the "@"; none: `undefined`. */
export function begun(text: string, cursor: number): string | undefined {
  const match = /(?:^|[^A-Za-z0-9_-])@([^\s@]*)$/.exec(text.slice(0, cursor));
  return match?.[1];
}
