/** Fewest characters of a user's password; the server holds the same line. */
export const PASSWORD_MIN = 12;

/**
 * How good a password looks, 0 (too short) to 4: length counts most, variety a little. A hint for
 * people, not a rule.
 */
export function strength(password: string): number {
  const chars = [...password];
  if (chars.length < PASSWORD_MIN) return 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(password));
  const variety = new Set(chars).size;
  if (variety < 5) return 1;
  const points = (chars.length >= 16 ? 1 : 0) + (chars.length >= 20 ? 1 : 0) + kinds.length / 2;
  return Math.max(1, Math.min(4, Math.floor(points + (variety >= 10 ? 1 : 0))));
}
