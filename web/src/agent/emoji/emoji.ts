/** What agents of customer service say without words; no more than fit a glance. */
export const EMOJI: readonly string[] = [
  ...['😊', '😄', '😅', '🙂', '😉', '😍', '🤗', '🤔', '😢', '😭', '😓', '🙏'],
  ...['👍', '👌', '👏', '🤝', '💪', '👋', '✅', '❌', '❗', '❓', '⏰', '📦'],
  ...['🚚', '💰', '🎁', '🎉', '🌹', '❤️', '⭐', '☎️', '📷', '🧾', '🔗', '☕'],
];

/** Columns of the picker. */
export const COLUMNS = 6;

/** The emoji that an arrow key leads to. */
export function moved(at: number, key: string): number | undefined {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[key];
  if (key === 'Home') return 0;
  if (key === 'End') return EMOJI.length - 1;
  if (step === undefined) return undefined;
  const next = at + step;
  return next >= 0 && next < EMOJI.length ? next : at;
}
