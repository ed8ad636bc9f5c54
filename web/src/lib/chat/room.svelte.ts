import { SvelteMap } from 'svelte/reactivity';
import { Sender, type Body, type Conversation, type Message } from '../../gen/kefu/v1/message_pb';
import {
  Marker,
  type ChatClient,
  type Outbox,
  type Outgoing,
  type OutboxStore,
  type Rest,
  type Thread,
} from '../client';
import { recallBody } from './bodies';
import { Places, type Viewer } from './places.svelte';
import { withRecalls } from './recalls';

/** History is read in pages of this many messages. */
export const PAGE = 40;
/** On the way to an older message the pages are larger, and no more than this many. */
const REACH_PAGE = 100;
const REACH_PAGES_MAX = 50;
/** A "typing" that is not repeated fades after this, milliseconds. */
const TYPING_MS = 6_000;

/** One open conversation as a page shows it. Arrays are replaced, never changed in place. */
export class Room {
  messages = $state.raw<readonly Message[]>([]);
  outgoing = $state.raw<readonly Outgoing[]>([]);
  loadingEarlier = $state(false);
  /** Who is typing on the other side. */
  typing = $state<Sender | undefined>();
  refused = $state<string | undefined>();
  private readonly firstSeq = $derived(Number(this.messages[0]?.seq ?? 0n));
  readonly lastSeq = $derived(Number(this.messages.at(-1)?.seq ?? 0n));
  /** Older messages can be loaded. Before anything came, whatever lies below the start. */
  readonly hasEarlier = $derived.by(() =>
    this.messages.length > 0 ? this.firstSeq > 1 : this.afterSeq > 0,
  );
  /** How far everybody is. */
  readonly places: Places;
  /** The message that the next one will answer. */
  quoting = $state.raw<Message | undefined>();
  private readonly quotes = new SvelteMap<number, Message | undefined>();
  private readonly thread: Thread;
  private readonly outbox: Outbox;
  private readonly marker: Marker;
  private readonly unsubscribe: (() => void)[];
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private loading: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly client: ChatClient,
    private readonly rest: Rest,
    readonly conversationId: bigint,
    /** Messages up to this one are left for scrolling up. */
    private readonly afterSeq: number,
    /** Who looks. */
    me: () => Viewer,
    store?: OutboxStore,
  ) {
    this.places = new Places(me);
    this.marker = new Marker(client.connection, conversationId, () => this.thread.epoch);
    this.outbox = client.outbox(conversationId, store);
    this.outgoing = this.outbox.list;
    this.thread = client.open(conversationId, afterSeq);
    this.unsubscribe = [
      this.thread.on('messages', (messages) => this.append(messages)),
      this.thread.on('refused', (error) => (this.refused = error.code)),
      this.thread.on('rewound', () => this.begin()),
      this.outbox.on('change', (items) => (this.outgoing = items)),
      this.outbox.on('accepted', ({ clientId }) => this.settle(clientId)),
      client.on('cursor', (cursor) => {
        if (cursor.conversationId !== conversationId) return;
        this.places.learn(cursor);
        if (this.places.isOwn(cursor)) this.marker.learn(this.places.own);
      }),
      client.on('typing', ({ conversationId: id, sender, active }) => {
        if (id === conversationId) this.showTyping(active ? sender : undefined);
      }),
    ];
  }

  /** Where to start reading when a conversation is opened: one page below its end. */
  static startOf(head: Conversation | undefined): number {
    return Math.max(0, Number(head?.lastSeq ?? 0n) - PAGE);
  }

  /** The server stands on a backup: what was shown is not true any more. */
  private begin(): void {
    this.messages = [];
    this.quotes.clear();
    this.quoting = undefined;
    this.places.forget();
    this.marker.forget();
  }

  /** Puts a message on its way. Throws when too many wait already. */
  send(body: Body): void {
    this.outbox.push(body, Number(this.quoting?.seq ?? 0n));
    this.quoting = undefined;
  }

  /** Takes back an own message. Rejects with a `ProblemError`; a second try does no harm. */
  async recall(seq: number): Promise<void> {
    const value = {
      conversationId: this.conversationId,
      clientId: `recall-${seq}`,
      body: recallBody(seq),
    };
    await this.client.connection.request({ case: 'send', value });
    if (Number(this.quoting?.seq) === seq) this.quoting = undefined;
  }

  /** What is on the screen was looked at. */
  looked(): void {
    if (this.lastSeq > 0) this.marker.read(this.lastSeq);
  }

  /** The message that another one answers; asked for when it is not on the screen. */
  quoted(seq: number): Message | undefined {
    const shown = this.messages.find((message) => Number(message.seq) === seq);
    return shown ?? this.quotes.get(seq);
  }

  private async findQuoted(messages: readonly Message[]): Promise<void> {
    for (const { quoteSeq } of messages) {
      const seq = Number(quoteSeq);
      if (seq === 0 || this.quoted(seq) || this.quotes.has(seq)) continue;
      this.quotes.set(seq, undefined);
      const found = await this.rest.messageAt(this.conversationId, seq).catch(() => undefined);
      this.quotes.set(seq, found);
    }
  }

  retry(clientId: string): void {
    this.outbox.retry(clientId);
  }

  discard(clientId: string): void {
    this.outbox.discard(clientId);
  }

  async loadEarlier(): Promise<void> {
    if (!this.loadingEarlier && this.hasEarlier) await this.load(PAGE);
  }

  /** Loads older messages until this one is there. False when it is too far back. */
  async reach(seq: number): Promise<boolean> {
    for (let pages = 0; this.start > seq; pages += 1) {
      if (pages === REACH_PAGES_MAX || this.closed) return this.closed;
      await (this.loading ?? this.load(REACH_PAGE));
    }
    return true;
  }

  private get start(): number {
    return this.firstSeq || this.afterSeq + 1;
  }

  private load(limit: number): Promise<void> {
    this.loading = this.fetchBefore(this.start, limit).finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async fetchBefore(before: number, limit: number): Promise<void> {
    this.loadingEarlier = true;
    try {
      const page = await this.rest.messagesBefore(this.conversationId, before, limit);
      if (page.epoch !== this.thread.epoch && this.thread.epoch !== 0n) return;
      const older = page.messages.filter((message) => Number(message.seq) < before);
      this.messages = withRecalls([...older, ...this.messages]);
      void this.findQuoted(older);
    } finally {
      this.loadingEarlier = false;
    }
  }

  close(): void {
    this.closed = true;
    for (const off of this.unsubscribe) off();
    clearTimeout(this.typingTimer);
    this.marker.close();
    this.client.close(this.conversationId);
  }

  private append(messages: Message[]): void {
    this.messages = withRecalls([...this.messages, ...messages]);
    this.marker.delivered(this.lastSeq);
    void this.findQuoted(messages);
    this.dropRecalled();
    for (const message of messages) {
      if (message.clientId) this.outbox.discard(message.clientId);
    }
    const speaker = messages.at(-1)?.sender;
    if (speaker === this.typing || speaker === Sender.SYSTEM) this.showTyping(undefined);
  }

  /** What was taken back elsewhere is not answered, and its words do not stay in what was fetched. */
  private dropRecalled(): void {
    const gone = this.messages.filter((message) => message.recalledSeq > 0n);
    for (const message of gone) {
      const seq = Number(message.seq);
      if (this.quotes.has(seq)) this.quotes.set(seq, message);
      if (this.quoting?.seq === message.seq) this.quoting = undefined;
    }
    for (const { body } of this.messages) {
      if (body?.kind.case !== 'recall') continue;
      const seq = Number(body.kind.value.seq);
      const kept = this.quotes.get(seq);
      if (kept?.body) {
        this.quotes.set(seq, { ...kept, body: undefined, recalledSeq: 1n });
      }
    }
  }

  /** Accepted after its echo was already shown: nothing waits any more. */
  private settle(clientId: string): void {
    if (this.messages.some((message) => message.clientId === clientId)) {
      this.outbox.discard(clientId);
    }
  }

  private showTyping(sender: Sender | undefined): void {
    clearTimeout(this.typingTimer);
    this.typing = sender;
    if (sender !== undefined) {
      this.typingTimer = setTimeout(() => (this.typing = undefined), TYPING_MS);
    }
  }
}
