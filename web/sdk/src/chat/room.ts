import { Emitter } from '../base/emitter.js';
import type { ProblemError } from '../base/problem.js';
import { Timers } from '../base/timers.js';
import { Sender, type Body, type Conversation, type Cursor, type Message } from '../gen/message.js';
import type { AssistTaken } from '../gen/proposal.js';
import type { UploadOptions } from '../net/upload.js';
import { recallBody, textBody } from './bodies.js';
import type { ChatClient } from './client.js';
import { History } from './history.js';
import { Marker } from './marker.js';
import type { Outbox } from './outbox.js';
import type { Outgoing } from './outgoing.js';
import { Places, type Viewer } from './places.js';
import { withRecalls } from './recalls.js';
import type { Thread } from './thread.js';
import { TypingSignal } from './typing.js';
import { upload } from './uploads.js';

/** History is read in pages of this many messages. */
export const PAGE = 40;
/** A "typing" that is not repeated fades after this, milliseconds. */
const TYPING_MS = 6_000;

/** What `sendFile` may be told. */
export interface SendFileOptions extends UploadOptions {
  /** The message that it answers. */
  readonly quoteSeq?: number;
}

type RoomEvents = {
  /** All messages that are loaded: ascending, without a gap, without the words of recalled ones. */
  messages: [all: readonly Message[], fresh: readonly Message[]];
  /** The server stands on a backup: all that was shown is forgotten, and comes again. */
  rewound: [];
  /** What is on its way. */
  outgoing: [readonly Outgoing[]];
  /** Who is typing on the other side; nobody: `undefined`. */
  typing: [Sender | undefined];
  /** Somebody is further than before; see `places`. */
  places: [];
  /** Older messages are being loaded, or not any more. */
  loading: [boolean];
  /** The server will not open this conversation. */
  refused: [ProblemError];
};

/** One open conversation, as somebody looks at it. Arrays are replaced, never changed in place. */
export class Room extends Emitter<RoomEvents> {
  messages: readonly Message[] = [];
  /** Who is typing on the other side. */
  typing: Sender | undefined;
  /** How far everybody is. */
  readonly places: Places;
  readonly outbox: Outbox;
  private readonly thread: Thread;
  private readonly marker: Marker;
  private readonly history: History;
  private readonly signal: TypingSignal;
  private readonly timers: Timers;
  private readonly unsubscribe: (() => void)[];

  /** Use `ChatClient.room`. */
  constructor(
    private readonly client: ChatClient,
    readonly conversationId: bigint,
    /** Messages up to this one are left for `loadEarlier`. */
    private readonly afterSeq: number,
    me: () => Viewer,
  ) {
    super();
    const { connection, rest } = client;
    this.timers = new Timers(connection.runtime);
    this.places = new Places(me);
    this.marker = new Marker(connection, conversationId, () => this.thread.epoch);
    this.signal = new TypingSignal(connection.runtime, (on) => client.typing(conversationId, on));
    this.history = new History(
      rest,
      conversationId,
      () => this.start,
      () => this.thread.epoch,
      (older) => this.show([...older, ...this.messages], older),
      (loading) => this.emit('loading', loading),
    );
    this.outbox = client.outbox(conversationId);
    this.thread = client.open(conversationId, afterSeq);
    this.unsubscribe = [
      this.thread.on('messages', (messages) => this.append(messages)),
      this.thread.on('refused', (error) => this.emit('refused', error)),
      this.thread.on('rewound', () => this.begin()),
      this.outbox.on('change', (items) => this.emit('outgoing', items)),
      this.outbox.on('accepted', (clientId) => this.settle(clientId)),
      client.on('cursor', (cursor) => this.moved(cursor)),
      client.on('typing', (typing) => {
        if (typing.conversationId !== conversationId) return;
        this.showTyping(typing.active ? typing.sender : undefined);
      }),
    ];
  }

  /** Where to start reading when a conversation is opened: one page below its end. */
  static startOf(head: Conversation | undefined): number {
    return Math.max(0, Number(head?.lastSeq ?? 0n) - PAGE);
  }

  /** The sequence of the newest message; 0 when there is none. */
  get lastSeq(): number {
    return Number(this.messages.at(-1)?.seq ?? 0n);
  }

  /** Older messages can be loaded. Before anything came, whatever lies below the start. */
  get hasEarlier(): boolean {
    return this.messages.length > 0 ? this.start > 1 : this.afterSeq > 0;
  }

  /** Messages on their way, first written first. */
  get outgoing(): readonly Outgoing[] {
    return this.outbox.list;
  }

  /**
   * Puts a message on its way, now or when there is a connection again; `quoteSeq` is the message
   * that it answers, `assist` the proposal that an agent took. Throws a `ProblemError`
   * ("outbox_full") when too many wait already.
   */
  send(body: Body | string, quoteSeq = 0, assist?: AssistTaken): Outgoing {
    return this.outbox.push(typeof body === 'string' ? textBody(body) : body, quoteSeq, assist);
  }

  /**
   * Uploads a picture or a file, and puts it on its way when the server has it. Rejects with a
   * `ProblemError`: "aborted" when it was given up; then, and when it is refused, nothing is sent.
   */
  async sendFile(file: Blob, options: SendFileOptions = {}): Promise<Outgoing> {
    const { connection, rest } = this.client;
    const body = await upload(rest, connection, this.conversationId, file, options);
    return this.send(body, options.quoteSeq);
  }

  /** Takes back an own message. Rejects with a `ProblemError`; a second try does no harm. */
  async recall(seq: number): Promise<void> {
    const { conversationId } = this;
    const value = { conversationId, clientId: `recall-${seq}`, body: recallBody(seq) };
    await this.client.connection.request({ case: 'send', value });
  }

  /** Tries a failed message again, at the end of the queue. */
  retry(clientId: string): void {
    this.outbox.retry(clientId);
  }

  /** Gives a failed message up. */
  discard(clientId: string): void {
    this.outbox.discard(clientId);
  }

  /** Somebody looked at everything that has come so far. */
  read(): void {
    if (this.lastSeq > 0) this.marker.read(this.lastSeq);
  }

  /** A key was pressed: the others are told that somebody types, not more often than needed. */
  key(): void {
    this.signal.key();
  }

  /** Nobody types any more. */
  idle(): void {
    this.signal.stop();
  }

  /** Loads the page before what is loaded. Rejects with a `ProblemError`. */
  async loadEarlier(limit = PAGE): Promise<void> {
    if (!this.history.isLoading && this.hasEarlier) await this.history.load(limit);
  }

  /** Loads older messages until this one is there. False when it is too far back. */
  reach(seq: number): Promise<boolean> {
    return this.history.reach(seq);
  }

  /** One message, loaded or not; none where there is none. Rejects with a `ProblemError`. */
  async find(seq: number): Promise<Message | undefined> {
    const loaded = this.messages.find((message) => Number(message.seq) === seq);
    return loaded ?? this.client.rest.messageAt(this.conversationId, seq);
  }

  /** Shows nothing more. What waits to be sent is still sent. */
  close(): void {
    for (const off of this.unsubscribe) off();
    this.timers.clearAll();
    this.signal.stop();
    this.marker.close();
    this.history.close();
    this.client.close(this.conversationId);
  }

  private get start(): number {
    return Number(this.messages[0]?.seq ?? 0n) || this.afterSeq + 1;
  }

  /** The server stands on a backup: what was shown is not true any more. */
  private begin(): void {
    this.places.forget();
    this.marker.forget();
    this.emit('rewound');
    this.show([], []);
    this.emit('places');
  }

  private append(fresh: readonly Message[]): void {
    this.show([...this.messages, ...fresh], fresh);
    this.marker.delivered(this.lastSeq);
    for (const message of fresh) {
      if (message.clientId) this.outbox.discard(message.clientId);
    }
    const speaker = fresh.at(-1)?.sender;
    if (speaker === this.typing || speaker === Sender.SYSTEM) this.showTyping(undefined);
  }

  private show(messages: readonly Message[], fresh: readonly Message[]): void {
    this.messages = withRecalls(messages);
    this.emit('messages', this.messages, fresh);
  }

  private moved(cursor: Cursor): void {
    if (cursor.conversationId !== this.conversationId) return;
    this.places.learn(cursor);
    if (this.places.isOwn(cursor)) this.marker.learn(this.places.own);
    this.emit('places');
  }

  /** Accepted after its echo was already shown: nothing waits any more. */
  private settle(clientId: string): void {
    if (this.messages.some((message) => message.clientId === clientId)) {
      this.outbox.discard(clientId);
    }
  }

  private showTyping(sender: Sender | undefined): void {
    this.timers.clear('typing');
    if (sender !== undefined) {
      this.timers.set('typing', TYPING_MS, () => this.showTyping(undefined));
    }
    if (sender === this.typing) return;
    this.typing = sender;
    this.emit('typing', sender);
  }
}
