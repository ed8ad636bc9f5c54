import { SvelteMap } from 'svelte/reactivity';
import type { Conversation } from '@kefu/sdk/proto/message';
import { ListIndex } from './list-index';
import type { Counts, ListName, Place, Section } from './lists';

/** Every conversation that the workspace knows, by id, and in lists that are always sorted. */
export class Conversations extends SvelteMap<bigint, Conversation> {
  private readonly index: ListIndex;
  /** Grows with every change of a list: who shows a list looks at its number only. */
  private readonly turns = $state<Record<ListName, number>>({
    serving: 0,
    colleagues: 0,
    queued: 0,
    bot: 0,
    closed: 0,
  });

  constructor(me: bigint) {
    super();
    this.index = new ListIndex(me);
  }

  override set(id: bigint, after: Conversation): this {
    const before = this.known.get(id);
    this.known.set(id, after);
    for (const list of this.index.put(before, after)) this.turns[list] += 1;
    return super.set(id, after);
  }

  override delete(id: bigint): boolean {
    const before = this.known.get(id);
    if (before) {
      this.known.delete(id);
      this.turns[this.index.remove(before)] += 1;
    }
    return super.delete(id);
  }

  override clear(): void {
    this.known.clear();
    this.index.clear();
    for (const list of Object.keys(this.turns) as ListName[]) this.turns[list] += 1;
    super.clear();
  }

  /** One tab's conversations, in order. */
  section(tab: Place): Section {
    void this.turns[tab];
    if (tab === 'serving') void this.turns.colleagues;
    // A copy: what shows it goes by whether it is another one.
    const { mine, others } = this.index.section(tab);
    return { mine: [...mine], others: [...others] };
  }

  /** The bot's conversations in which it did not understand the visitor. */
  notUnderstood(): Iterable<Conversation> {
    void this.turns.bot;
    return this.index.notUnderstood();
  }

  get counts(): Counts {
    void Object.values(this.turns);
    return this.index.counts();
  }

  /** As the index has them: looking here makes nobody depend on anything. */
  private readonly known = new Map<bigint, Conversation>();
}
