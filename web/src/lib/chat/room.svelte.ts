import { Sender, type Body, type Conversation, type Message } from '../../gen/kefu/v1/message_pb';
import type { ChatClient, Outbox, Outgoing, OutboxStore, Rest, Thread } from '../client';

/** History is read in pages of this many messages. */
export const PAGE = 40;
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
  private readonly thread: Thread;
  private readonly outbox: Outbox;
  private readonly unsubscribe: (() => void)[];
  private typingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: ChatClient,
    private readonly rest: Rest,
    readonly conversationId: bigint,
    /** Messages up to this one are left for scrolling up. */
    private readonly afterSeq: number,
    store?: OutboxStore,
  ) {
    this.outbox = client.outbox(conversationId, store);
    this.outgoing = this.outbox.list;
    this.thread = client.open(conversationId, afterSeq);
    this.unsubscribe = [
      this.thread.on('messages', (messages) => this.append(messages)),
      this.thread.on('refused', (error) => (this.refused = error.code)),
      this.outbox.on('change', (items) => (this.outgoing = items)),
      this.outbox.on('accepted', ({ clientId }) => this.settle(clientId)),
      client.on('typing', ({ conversationId: id, sender, active }) => {
        if (id === conversationId) this.showTyping(active ? sender : undefined);
      }),
    ];
  }

  /** Where to start reading when a conversation is opened: one page below its end. */
  static startOf(head: Conversation | undefined): number {
    return Math.max(0, Number(head?.lastSeq ?? 0n) - PAGE);
  }

  /** Puts a message on its way. Throws when too many wait already. */
  send(body: Body): void {
    this.outbox.push(body);
  }

  retry(clientId: string): void {
    this.outbox.retry(clientId);
  }

  discard(clientId: string): void {
    this.outbox.discard(clientId);
  }

  async loadEarlier(): Promise<void> {
    if (this.loadingEarlier || !this.hasEarlier) return;
    this.loadingEarlier = true;
    try {
      const before = this.firstSeq || this.afterSeq + 1;
      const page = await this.rest.messagesBefore(this.conversationId, before, PAGE);
      const older = page.messages.filter((message) => Number(message.seq) < before);
      this.messages = [...older, ...this.messages];
    } finally {
      this.loadingEarlier = false;
    }
  }

  close(): void {
    for (const off of this.unsubscribe) off();
    clearTimeout(this.typingTimer);
    this.client.close(this.conversationId);
  }

  private append(messages: Message[]): void {
    this.messages = [...this.messages, ...messages];
    for (const message of messages) {
      if (message.clientId) this.outbox.discard(message.clientId);
    }
    const speaker = messages.at(-1)?.sender;
    if (speaker === this.typing || speaker === Sender.SYSTEM) this.showTyping(undefined);
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
