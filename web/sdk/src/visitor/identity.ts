/**
 * Who sits here, in the business's own hand: a token that its server has signed (docs/identity.md), or
 * the empty text for somebody whom it does not know. Asked whenever a session is needed, so a new token
 * each time is best; the same one again serves only as long as its session is known.
 */
export type Identity = () => string | Promise<string>;

/** Whom a token names, as far as that can be read from outside; empty for none. The server checks it. */
export function subjectOf(token: string): string {
  if (!token) return '';
  try {
    const [, claims = ''] = token.split('.');
    const { sub } = JSON.parse(atob(claims.replace(/-/g, '+').replace(/_/g, '/')));
    return String(sub ?? token);
  } catch {
    // Nothing that the server will believe; it says why.
    return token;
  }
}
