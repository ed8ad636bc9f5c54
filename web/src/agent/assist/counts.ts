import type { AssistCount } from '@kefu/sdk/proto/assist';

/** How often what one intent proposed was shown and taken, over all days. */
export interface IntentCounts {
  intent: string;
  proposed: number;
  taken: number;
  edited: number;
}

/** By intent, the most taken first, then the most shown. */
export function byIntent(counts: readonly AssistCount[]): IntentCounts[] {
  const sums = new Map<string, IntentCounts>();
  for (const { intent, proposed, taken, edited } of counts) {
    const sum = sums.get(intent) ?? { intent, proposed: 0, taken: 0, edited: 0 };
    sum.proposed += Number(proposed);
    sum.taken += Number(taken);
    sum.edited += Number(edited);
    sums.set(intent, sum);
  }
  return [...sums.values()].sort(
    (a, b) => b.taken - a.taken || b.proposed - a.proposed || a.intent.localeCompare(b.intent),
  );
}

/** Of what was shown, what was taken, 0 to 1; none where nothing is known to have been shown. */
export function shareTaken({ proposed, taken }: IntentCounts): number | null {
  // What was shown is counted a little later than what was taken.
  return proposed > 0 ? Math.min(1, taken / proposed) : null;
}
