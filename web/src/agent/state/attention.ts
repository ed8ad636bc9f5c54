import { Phase, Sender, type Conversation } from '@kefu/sdk/proto/message';

/**
 * Why a conversation needs this agent now, the most urgent first:
 *
 * - `offered`: the agent is asked whether they take it;
 * - `due`: a promised time is nearly over (nothing says so yet: `Sights.isDue`);
 * - `waits`: the agent's own, served, and its visitor has had the last word for longer than
 *   `assist.attention_after_s`;
 * - `words`: sensitive words were said and this supervisor has not looked;
 * - `lost`: the bot did not understand the visitor `assist.attention_fallbacks` times in a row.
 *
 * A conversation that is closed needs nobody.
 */
export type Reason = 'offered' | 'due' | 'waits' | 'words' | 'lost';
const URGENCY: readonly Reason[] = ['offered', 'due', 'waits', 'words', 'lost'];

/** What the rule looks at beside the conversation. */
export interface Sights {
  nowMs: number;
  me: bigint;
  /** The visitor may wait this long, milliseconds. */
  afterMs: number;
  /** The bot may fail this often in a row, less one. */
  fallbacks: number;
  /** What this agent is asked about; 0: nothing. */
  offered: bigint;
  /** Where words were found that this agent has not looked at. */
  alerted: ReadonlySet<bigint>;
  /** Whether a promised time is nearly over; absent until conversations carry one. */
  isDue?: (conversation: Conversation, nowMs: number) => boolean;
}

export function reasonFor(conversation: Conversation, sights: Sights): Reason | undefined {
  const { phase, id, agentId, lastSender, updatedAtMs, fallbacks } = conversation;
  if (id === sights.offered && id !== 0n) return 'offered';
  if (phase === Phase.CLOSED) return undefined;
  if (sights.isDue?.(conversation, sights.nowMs)) return 'due';
  const mine = phase === Phase.SERVING && agentId === sights.me;
  const waited = sights.nowMs - Number(updatedAtMs);
  if (mine && lastSender === Sender.VISITOR && waited >= sights.afterMs) return 'waits';
  if (sights.alerted.has(id)) return 'words';
  if (phase === Phase.BOT && sights.fallbacks > 0 && fallbacks >= sights.fallbacks) return 'lost';
  return undefined;
}

export interface Needy {
  conversation: Conversation;
  reason: Reason;
}

/** Those of these that need somebody, each once: the most urgent first, then who has waited longest. */
export function needy(candidates: Iterable<Conversation>, sights: Sights): Needy[] {
  const found = new Map<bigint, Needy>();
  for (const conversation of candidates) {
    const reason = reasonFor(conversation, sights);
    if (reason) found.set(conversation.id, { conversation, reason });
  }
  return [...found.values()].sort(
    (a, b) =>
      URGENCY.indexOf(a.reason) - URGENCY.indexOf(b.reason) ||
      Number(a.conversation.updatedAtMs - b.conversation.updatedAtMs) ||
      (a.conversation.id > b.conversation.id ? 1 : -1),
  );
}
