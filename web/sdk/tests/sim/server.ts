import { create } from '@kefu/sdk/codec';
import {
  ServerFrameSchema,
  type ClientFrame,
  type SendMessage,
  type ServerFrame,
} from '@kefu/sdk/proto/frame';
import { MessageSchema, Sender, type Conversation, type Message } from '@kefu/sdk/proto/message';
import type { Init } from '@kefu/sdk/codec';
import type { Dice } from '../support/seeds';

type Body = Init<ServerFrame['body']>;

export const CONVERSATION = 7n;

/** Shares of what goes wrong at the server, each of the frames that it could happen to. */
export interface ServerFaults {
  /** Refused for the moment. */
  busy: number;
  /** A hello is sent away, to come back later. */
  sentAway: number;
  /** A reader is dropped without its knowing, and told so in a problem about no frame. */
  abandoned: number;
  /** A delivery comes twice. */
  repeated: number;
  /** A message is left out on the way to a reader. */
  skipped: number;
  /** A planted bug: a retry is stored again. */
  storesTwice: number;
}

export const NO_SERVER_FAULTS: ServerFaults = {
  busy: 0,
  sentAway: 0,
  abandoned: 0,
  repeated: 0,
  skipped: 0,
  storesTwice: 0,
};

/** One connection as the server sees it. */
export interface Peer {
  send(frame: ServerFrame): void;
  close(): void;
}

/** The server's promises in a hundred lines: stored once per client id, numbered without a gap. */
export class SimServer {
  readonly messages: Message[] = [];
  /** How often a `send` of each client id came in. */
  readonly sends = new Map<string, number>();
  /** How many frames of each kind came in. */
  readonly received = new Map<string, number>();
  /** Takes messages and says nothing about it. */
  mute = false;
  /** The longest silence that it grants. */
  heartbeatMaxS = 30;
  /** The sessions that are known; any, when there is none of this. */
  sessions: Set<string> | undefined;
  conversation = CONVERSATION;
  faults: ServerFaults;
  private readonly readers = new Map<Peer, number>();

  constructor(
    private readonly dice: Dice,
    faults: Partial<ServerFaults> = {},
  ) {
    this.faults = { ...NO_SERVER_FAULTS, ...faults };
  }

  receive(peer: Peer, { ref, body }: ClientFrame): void {
    const kind = body.case ?? '';
    this.received.set(kind, (this.received.get(kind) ?? 0) + 1);
    switch (body.case) {
      case 'hello':
        return this.hello(peer, ref, body.value.token);
      case 'open':
        return this.open(peer, ref, Number(body.value.afterSeq));
      case 'send':
        return this.take(peer, ref, body.value);
      case 'ping':
        return this.answer(peer, ref, { case: 'pong', value: { heartbeatS: body.value.silentS } });
      case 'mark':
        return this.answer(peer, ref, { case: 'cursor', value: { ...body.value } });
      case 'leave':
        this.readers.delete(peer);
    }
  }

  gone(peer: Peer): void {
    this.readers.delete(peer);
  }

  /** The other side says something. */
  say(text: string): void {
    this.store(Sender.BOT, '', text);
  }

  /** The conversation's head is another now. */
  tell(head: Init<Conversation>): void {
    const value = { id: this.conversation, ...head };
    for (const peer of this.readers.keys()) this.answer(peer, 0n, { case: 'conversation', value });
  }

  private hello(peer: Peer, ref: bigint, token: string): void {
    if (this.sessions && !this.sessions.has(token)) {
      const problem = { code: 'unauthenticated' };
      return this.answer(peer, ref, { case: 'goodbye', value: { problem } });
    }
    if (this.dice.chance(this.faults.sentAway)) {
      const reconnectAfterMs = this.dice.between(0, 3_000);
      this.answer(peer, ref, { case: 'goodbye', value: { reconnectAfterMs } });
      peer.close();
      return;
    }
    this.answer(peer, ref, {
      case: 'welcome',
      value: { heartbeatS: 30, heartbeatMaxS: this.heartbeatMaxS },
    });
  }

  private open(peer: Peer, ref: bigint, afterSeq: number): void {
    if (this.busy(peer, ref)) return;
    const conversation = { id: this.conversation, lastSeq: BigInt(this.messages.length) };
    this.answer(peer, ref, { case: 'opened', value: { conversation } });
    this.readers.set(peer, afterSeq);
    this.feed(peer);
  }

  private take(peer: Peer, ref: bigint, { clientId, body }: SendMessage): void {
    this.sends.set(clientId, (this.sends.get(clientId) ?? 0) + 1);
    if (this.busy(peer, ref)) return;
    const known = this.messages.find((message) => message.clientId === clientId);
    const again = known === undefined || this.dice.chance(this.faults.storesTwice);
    const text = body?.kind.case === 'text' ? body.kind.value.text : '';
    if (this.mute) return;
    const { seq } = again ? this.store(Sender.VISITOR, clientId, text) : known;
    const value = { conversationId: this.conversation, clientId, seq, duplicate: !again };
    this.answer(peer, ref, { case: 'accepted', value });
  }

  private busy(peer: Peer, ref: bigint): boolean {
    if (!this.dice.chance(this.faults.busy)) return false;
    const retryAfterMs = this.dice.between(1, 2_000);
    this.answer(peer, ref, { case: 'problem', value: { code: 'rate_limited', retryAfterMs } });
    return true;
  }

  private store(sender: Sender, clientId: string, text: string): Message {
    const message = create(MessageSchema, {
      id: BigInt(1_000 + this.messages.length),
      conversationId: this.conversation,
      seq: BigInt(this.messages.length + 1),
      sender,
      clientId,
      body: { kind: { case: 'text', value: { text } } },
    });
    this.messages.push(message);
    for (const peer of [...this.readers.keys()]) this.feed(peer);
    return message;
  }

  private feed(peer: Peer): void {
    const { dice, faults } = this;
    if (dice.chance(faults.abandoned)) {
      this.readers.delete(peer);
      return this.answer(peer, 0n, { case: 'problem', value: { code: 'unavailable' } });
    }
    let from = this.readers.get(peer) ?? 0;
    if (dice.chance(faults.skipped)) from += 1;
    if (dice.chance(faults.repeated)) from = Math.max(0, from - 2);
    this.readers.set(peer, this.messages.length);
    while (from < this.messages.length) {
      const messages = this.messages.slice(from, from + dice.between(1, 4));
      from += messages.length;
      const value = { conversationId: this.conversation, messages };
      this.answer(peer, 0n, { case: 'messages', value });
    }
  }

  private answer(peer: Peer, ref: bigint, body: Body): void {
    peer.send(create(ServerFrameSchema, { ref, body }));
  }
}
