import { Phase, type Conversation } from '@kefu/sdk/proto/message';
import {
  listOf,
  ORDERS,
  type Counts,
  type ListName,
  type Order,
  type Section,
  type Tab,
} from './lists';

/**
 * The lists of the workspace, kept in their orders. A conversation that changes is taken out of one
 * place and put into another: what an event costs grows with the logarithm of the lists.
 */
export class ListIndex {
  /** How often two conversations were compared: what tests measure instead of time. */
  compared = 0;
  private readonly lists: Record<ListName, Conversation[]> = {
    serving: [],
    colleagues: [],
    queued: [],
    bot: [],
    closed: [],
  };
  /** The bot's conversations in which it did not understand the visitor. */
  private readonly lost = new Map<bigint, Conversation>();

  constructor(private readonly me: bigint) {}

  /** A conversation as it is now, and as it was before. Says which lists changed. */
  put(before: Conversation | undefined, after: Conversation): ListName[] {
    const to = listOf(after, this.me);
    const from = before && this.remove(before);
    const list = this.lists[to];
    list.splice(this.find(list, after, ORDERS[to]), 0, after);
    if (after.phase === Phase.BOT && after.fallbacks > 0) this.lost.set(after.id, after);
    return from && from !== to ? [from, to] : [to];
  }

  /** Takes a conversation out, as it was put in. Says out of which list. */
  remove(before: Conversation): ListName {
    const from = listOf(before, this.me);
    const list = this.lists[from];
    const found = this.find(list, before, ORDERS[from]);
    const at = list[found]?.id === before.id ? found : list.findIndex(({ id }) => id === before.id);
    if (at >= 0) list.splice(at, 1);
    this.lost.delete(before.id);
    return from;
  }

  clear(): void {
    for (const list of Object.values(this.lists)) list.length = 0;
    this.lost.clear();
  }

  /** One tab's conversations in order; "others" only where somebody else serves. */
  section(tab: Exclude<Tab, 'attention'>): Section {
    return { mine: this.lists[tab], others: tab === 'serving' ? this.lists.colleagues : [] };
  }

  /** The bot's conversations in which it did not understand the visitor, in no order. */
  notUnderstood(): Iterable<Conversation> {
    return this.lost.values();
  }

  counts(): Counts {
    const { serving, queued, bot, closed } = this.lists;
    return {
      serving: serving.length,
      queued: queued.length,
      bot: bot.length,
      closed: closed.length,
    };
  }

  /** The first place that is not before this conversation. */
  private find(list: readonly Conversation[], wanted: Conversation, order: Order): number {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      this.compared += 1;
      if (order(list[middle] as Conversation, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
