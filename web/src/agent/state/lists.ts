import { Phase, Sender, type Conversation } from '@kefu/sdk/proto/message';

export type Tab = 'serving' | 'queued' | 'bot' | 'closed';
export const TABS: readonly Tab[] = ['serving', 'queued', 'bot', 'closed'];

/** Where an agent looks for a conversation. */
export function tabOf(phase: Phase): Tab {
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
  mine: Conversation[];
  others: Conversation[];
}

const newestFirst = (a: Conversation, b: Conversation) =>
  Number(b.updatedAtMs - a.updatedAtMs) || (b.id > a.id ? 1 : -1);
/** As the core serves them; those whose place is not announced, by how long they have waited. */
const nextFirst = (a: Conversation, b: Conversation) =>
  place(a) - place(b) || Number(a.queuedAtMs - b.queuedAtMs) || (a.id > b.id ? 1 : -1);
const place = ({ queuePosition }: Conversation) => queuePosition || Number.MAX_SAFE_INTEGER;
const wrapUpLast = (a: Conversation, b: Conversation) =>
  Number(a.phase === Phase.WRAP_UP) - Number(b.phase === Phase.WRAP_UP) || newestFirst(a, b);

/** One tab's conversations in the order agents want them; "others" only where somebody serves. */
export function section(all: Iterable<Conversation>, tab: Tab, me: bigint, query: string): Section {
  const wanted = query.trim().toLowerCase();
  const mine: Conversation[] = [];
  const others: Conversation[] = [];
  for (const each of all) {
    if (tabOf(each.phase) !== tab || !matches(each, wanted)) continue;
    (tab === 'serving' && each.agentId !== me ? others : mine).push(each);
  }
  const order = {
    serving: wrapUpLast,
    queued: nextFirst,
    bot: newestFirst,
    closed: newestFirst,
  };
  return { mine: mine.sort(order[tab]), others: others.sort(newestFirst) };
}

function matches(conversation: Conversation, wanted: string): boolean {
  if (wanted === '') return true;
  const { visitorName, preview, id, handoffReason } = conversation;
  return [visitorName, preview, String(id), handoffReason].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}

export type Counts = Record<Tab, number>;

/** How many wait in each tab; of those being served, only one's own. */
export function counts(all: Iterable<Conversation>, me: bigint): Counts {
  const result: Counts = { serving: 0, queued: 0, bot: 0, closed: 0 };
  for (const each of all) {
    const tab = tabOf(each.phase);
    if (tab !== 'serving' || each.agentId === me) result[tab] += 1;
  }
  return result;
}

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
