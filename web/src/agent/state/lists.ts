import { Phase, Sender, type Conversation } from '@kefu/sdk/proto/message';

/** Where conversations stand; "attention" goes across the others (`attention.ts`). */
export type Tab = 'serving' | 'queued' | 'bot' | 'closed' | 'attention';
export const TABS: readonly Tab[] = ['serving', 'queued', 'bot', 'closed', 'attention'];
/** A tab of which every conversation is in exactly one. */
export type Place = Exclude<Tab, 'attention'>;

/** Where an agent looks for a conversation. */
export function tabOf(phase: Phase): Place {
  switch (phase) {
    case Phase.QUEUED:
      return 'queued';
    case Phase.SERVING:
    case Phase.WRAP_UP:
      return 'serving';
    case Phase.CLOSED:
      return 'closed';
    default:
      return 'bot';
  }
}

export interface Section {
  mine: readonly Conversation[];
  others: readonly Conversation[];
}

export type Order = (a: Conversation, b: Conversation) => number;

const newestFirst: Order = (a, b) =>
  Number(b.updatedAtMs - a.updatedAtMs) || (b.id > a.id ? 1 : b.id < a.id ? -1 : 0);
/** As the core serves them; those whose place is not announced, by how long they have waited. */
const nextFirst: Order = (a, b) =>
  place(a) - place(b) ||
  Number(a.queuedAtMs - b.queuedAtMs) ||
  (a.id > b.id ? 1 : a.id < b.id ? -1 : 0);
const place = ({ queuePosition }: Conversation) => queuePosition || Number.MAX_SAFE_INTEGER;
const wrapUpLast: Order = (a, b) =>
  Number(a.phase === Phase.WRAP_UP) - Number(b.phase === Phase.WRAP_UP) || newestFirst(a, b);

/** One sorted list of the workspace: a place, and among those being served whose. */
export type ListName = Place | 'colleagues';

/** The order that agents want each list in. No two conversations are equal. */
export const ORDERS: Record<ListName, Order> = {
  serving: wrapUpLast,
  colleagues: newestFirst,
  queued: nextFirst,
  bot: newestFirst,
  closed: newestFirst,
};

/** The list that a conversation stands in, for this agent. */
export function listOf({ phase, agentId }: Conversation, me: bigint): ListName {
  const tab = tabOf(phase);
  return tab === 'serving' && agentId !== me ? 'colleagues' : tab;
}

/** Whether a conversation has these words, whatever their case. */
export function matches(conversation: Conversation, query: string): boolean {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return true;
  const { visitorName, preview, id, handoffReason } = conversation;
  return [visitorName, preview, String(id), handoffReason].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}

/** How many wait in each tab; of those being served, only one's own. */
export type Counts = Record<Place, number>;

/** What happened to one conversation that an agent wants to hear about. */
export type Alert = 'queued' | 'assigned' | 'message';

export function alertFor(
  before: Conversation | undefined,
  after: Conversation,
  me: bigint,
): Alert | undefined {
  const mine = after.agentId === me && after.phase === Phase.SERVING;
  const wasMine = before?.agentId === me && before.phase === Phase.SERVING;
  if (mine && !wasMine) return 'assigned';
  if (after.phase === Phase.QUEUED && before?.phase !== Phase.QUEUED) return 'queued';
  // By the words, and not by the end of the history: notices and recalls are no words.
  const spoke =
    after.lastSender === Sender.VISITOR && after.previewSeq > (before?.previewSeq ?? 0n);
  return mine && spoke ? 'message' : undefined;
}
