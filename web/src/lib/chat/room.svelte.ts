import { untrack } from 'svelte';
import {
  larger,
  Room as OpenRoom,
  type Body,
  type Message,
  type Outgoing,
  type Reach,
  type SendFileOptions,
  type Sender,
} from '@kefu/sdk';
import { Uploads } from './uploads.svelte';

/** One open conversation as a page shows it. Arrays are replaced, never changed in place. */
export class Room {
  messages = $state.raw<readonly Message[]>([]);
  outgoing = $state.raw<readonly Outgoing[]>([]);
  loadingEarlier = $state(false);
  /** Who is typing on the other side. */
  typing = $state<Sender | undefined>();
  refused = $state<string | undefined>();
  readonly lastSeq = $derived(Number(this.messages.at(-1)?.seq ?? 0n));
  /** Older messages can be loaded. */
  hasEarlier = $state(false);
  /** How far the other side is. */
  other = $state.raw<Reach>({ delivered: 0, read: 0 });
  /** How far this side is, with whichever device. */
  own = $state.raw<Reach>({ delivered: 0, read: 0 });
  /** The message that the next one will answer. */
  quoting = $state.raw<Message | undefined>();
  /** Files on their way to the server. */
  readonly uploads = new Uploads(this);
  private quotes = $state.raw<ReadonlyMap<number, Message | undefined>>(new Map());
  private readonly unsubscribe: (() => void)[];

  constructor(private readonly room: OpenRoom) {
    this.outgoing = room.outgoing;
    this.hasEarlier = room.hasEarlier;
    this.unsubscribe = [
      room.on('messages', (all, fresh) => this.show(all, fresh)),
      room.on('rewound', () => {
        this.quotes = new Map();
        this.quoting = undefined;
        this.own = { delivered: 0, read: 0 };
      }),
      room.on('outgoing', (items) => (this.outgoing = items)),
      room.on('typing', (sender) => (this.typing = sender)),
      room.on('places', () => {
        this.other = room.places.other;
        this.own = larger(this.own, room.places.own);
      }),
      room.on('loading', (loading) => (this.loadingEarlier = loading)),
      room.on('refused', (error) => (this.refused = error.code)),
    ];
  }

  get conversationId(): bigint {
    return this.room.conversationId;
  }

  /** Puts a message on its way. Throws when too many wait already. */
  send(body: Body, assist?: Outgoing['assist']): void {
    this.room.send(body, Number(this.quoting?.seq ?? 0n), assist);
    this.quoting = undefined;
  }

  /** Uploads a file, and puts it on its way when the server has it. Rejects with a `ProblemError`. */
  async sendFile(file: Blob, options: SendFileOptions): Promise<void> {
    const quoteSeq = Number(this.quoting?.seq ?? 0n);
    await this.room.sendFile(file, { ...options, quoteSeq });
    if (Number(this.quoting?.seq ?? 0n) === quoteSeq) this.quoting = undefined;
  }

  /** Takes back an own message. Rejects with a `ProblemError`; a second try does no harm. */
  async recall(seq: number): Promise<void> {
    await this.room.recall(seq);
    if (Number(this.quoting?.seq) === seq) this.quoting = undefined;
  }

  /** What is on the screen was looked at. */
  looked(): void {
    // Whoever looks again and again at the same is told nothing new.
    untrack(() => {
      const { lastSeq } = this;
      if (lastSeq > this.own.read) this.own = { delivered: lastSeq, read: lastSeq };
    });
    this.room.read();
  }

  key(): void {
    this.room.key();
  }

  idle(): void {
    this.room.idle();
  }

  /** The message that another one answers; asked for when it is not on the screen. */
  quoted(seq: number): Message | undefined {
    const shown = this.messages.find((message) => Number(message.seq) === seq);
    return shown ?? this.quotes.get(seq);
  }

  retry(clientId: string): void {
    this.room.retry(clientId);
  }

  discard(clientId: string): void {
    this.room.discard(clientId);
  }

  loadEarlier(): Promise<void> {
    return this.room.loadEarlier();
  }

  /** Loads older messages until this one is there. False when it is too far back. */
  reach(seq: number): Promise<boolean> {
    return this.room.reach(seq);
  }

  close(): void {
    this.uploads.close();
    for (const off of this.unsubscribe) off();
    this.room.close();
  }

  private show(all: readonly Message[], fresh: readonly Message[]): void {
    this.messages = all;
    this.hasEarlier = this.room.hasEarlier;
    void this.findQuoted(fresh);
    this.dropRecalled();
  }

  private keepQuoted(seq: number, message: Message | undefined): void {
    this.quotes = new Map(this.quotes).set(seq, message);
  }

  private async findQuoted(messages: readonly Message[]): Promise<void> {
    for (const { quoteSeq } of messages) {
      const seq = Number(quoteSeq);
      if (seq === 0 || this.quoted(seq) || this.quotes.has(seq)) continue;
      this.keepQuoted(seq, undefined);
      this.keepQuoted(seq, await this.room.find(seq).catch(() => undefined));
    }
  }

  /** What was taken back elsewhere is not answered, and its words do not stay in what was fetched. */
  private dropRecalled(): void {
    const gone = this.messages.filter((message) => message.recalledSeq > 0n);
    for (const message of gone) {
      const seq = Number(message.seq);
      if (this.quotes.has(seq)) this.keepQuoted(seq, message);
      if (this.quoting?.seq === message.seq) this.quoting = undefined;
    }
    for (const { body } of this.messages) {
      if (body?.kind.case !== 'recall') continue;
      const seq = Number(body.kind.value.seq);
      const kept = this.quotes.get(seq);
      if (kept?.body) {
        this.keepQuoted(seq, { ...kept, body: undefined, recalledSeq: 1n });
      }
    }
  }
}
