import { Phase, type Conversation } from '@kefu/sdk/proto/message';
import { matches, TABS, tabOf, type Section, type Tab } from './lists';
import { router } from './router.svelte';
import type { ComboName } from './shortcuts';
import type { Workspace } from './workspace.svelte';

/** What is open on the agent's screen, and what keys and commands do to it. */
export class Ui {
  /** The talk that was followed last, and the list that it was in. */
  #followed: { id: bigint | undefined; tab: Tab } | undefined;
  tab = $state<Tab>('serving');
  query = $state('');
  palette = $state(false);
  search = $state(false);
  /** What the search begins with when it opens. */
  searchFor = $state('');
  help = $state(false);
  transfer = $state(false);
  /** Only matters where the details do not fit beside the conversation. */
  details = $state(false);
  /** Set by the composer that is on screen. */
  focusComposer: (() => void) | undefined;
  readonly section = $derived.by((): Section => {
    const { query } = this;
    const { mine, others } = this.whole;
    if (query.trim() === '') return { mine, others };
    const wanted = (each: Conversation) => matches(each, query);
    return { mine: mine.filter(wanted), others: others.filter(wanted) };
  });

  constructor(private readonly workspace: Workspace) {}

  private get whole(): Section {
    const { conversations, attention } = this.workspace;
    if (this.tab !== 'attention') return conversations.section(this.tab);
    return { mine: attention.map(({ conversation }) => conversation), others: [] };
  }

  show(tab: Tab): void {
    this.tab = tab;
    if (router.page !== 'inbox') router.open('inbox');
    if (tab === 'closed') void this.workspace.loadClosed();
  }

  select(conversation: Conversation): void {
    this.details = false;
    router.inbox(conversation.id);
  }

  /** Searches what was said. */
  find(query = ''): void {
    this.searchFor = query;
    this.search = true;
  }

  /** Opens a conversation at one of its messages. */
  jump(id: bigint, seq: bigint): void {
    this.details = false;
    this.workspace.talk.seek(id, seq);
    router.inbox(id);
  }

  /** The next row of the list, or the one before. */
  move(step: 1 | -1): void {
    const rows = [...this.section.mine, ...this.section.others];
    const at = rows.findIndex((each) => each.id === this.workspace.talk.id);
    const next = at < 0 ? rows[0] : rows[at + step];
    if (next) this.select(next);
  }

  /** Own unread first, then whoever has waited longest. */
  next(): void {
    const { conversations } = this.workspace;
    const own = conversations.section('serving').mine;
    const waiting = conversations.section('queued').mine;
    const found = own.find((each) => this.workspace.unread(each) > 0) ?? waiting[0];
    if (!found) return;
    this.tab = tabOf(found.phase);
    this.select(found);
  }

  run(name: ComboName): void {
    const { talk } = this.workspace;
    switch (name) {
      case 'palette':
        this.palette = !this.palette;
        break;
      case 'transfer':
        if (talk.can('transfer')) this.transfer = true;
        break;
      case 'note':
        talk.noting = !talk.noting;
        break;
      case 'next':
        this.next();
        break;
      case 'down':
        this.move(1);
        break;
      case 'up':
        this.move(-1);
        break;
      case 'tab1':
      case 'tab2':
      case 'tab3':
      case 'tab4':
      case 'tab5':
        this.show(TABS[Number(name.at(-1)) - 1] ?? 'serving');
        break;
      default:
        void talk.act(name);
    }
  }

  /**
   * A conversation that moved on (claimed, ended) takes the list with it, unless another list is being looked
   * at by then.
   */
  followTalk(id: bigint | undefined, phase: Phase): void {
    const before = this.#followed;
    this.#followed = { id, tab: tabOf(phase) };
    // What needs attention goes across the others: who works through it stays there.
    if (this.tab === 'attention') return;
    if (before?.id === id && this.tab !== before?.tab) return;
    this.tab = tabOf(phase);
  }
}
