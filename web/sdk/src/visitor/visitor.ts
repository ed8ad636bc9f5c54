import { Backoff } from '../base/backoff.js';
import { Emitter } from '../base/emitter.js';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.js';
import { ProblemError } from '../base/problem.js';
import { systemRuntime, type Runtime } from '../base/runtime.js';
import { textBody } from '../chat/bodies.js';
import { ChatClient, type ClientOptions } from '../chat/client.js';
import { answersMore, isCurrent } from '../chat/heads.js';
import { newOutgoing, type Outgoing } from '../chat/outgoing.js';
import { Room } from '../chat/room.js';
import type { ActRequest_Action } from '../gen/chat.js';
import { Sender, type Body, type Conversation } from '../gen/message.js';
import { browserTabs, soloTabs, type Tabs } from '../tabs/tabs.js';
import { deviceId } from './device.js';
import { subjectOf, type Identity } from './identity.js';
import { VisitorSession } from './session.js';

/** What `ChatClient` takes, without what a visitor's session gives by itself. */
export interface VisitorOptions extends Omit<
  ClientOptions,
  'token' | 'person' | 'deviceId' | 'sends'
> {
  /** Whom the business names; default: nobody, and visitors are anonymous. */
  readonly identity?: Identity;
}

type VisitorEvents = {
  /** The conversation is there; or gone, because the server forgot the session: a new one follows. */
  room: [Room | undefined];
  /** The newest head of the conversation: its phase, its agent, its place in the queue. */
  head: [Conversation];
  /** Somebody else sits here from now on. */
  person: [];
  /** Written before there was a session; it goes out as soon as there is one. */
  early: [readonly Outgoing[]];
  /** No session could be had; it is tried again by itself. `undefined`: now there is one. */
  problem: [ProblemError | undefined];
};

/** A visitor of this browser: session, connection and the one conversation, all by itself. */
export class Visitor extends Emitter<VisitorEvents> {
  readonly client: ChatClient;
  room: Room | undefined;
  head: Conversation | undefined;
  early: readonly Outgoing[] = [];
  private readonly session: VisitorSession;
  private readonly runtime: Runtime;
  private readonly limits: Limits;
  private readonly language: () => string;
  private readonly backoff: Backoff;
  private readonly identity: Identity;
  private stopped = false;
  /** Grows whenever somebody else may sit here: what was begun for the one before is let go. */
  private turn = 0;
  /** Whom the business names; empty: nobody; `undefined`: it was not asked yet. */
  private subject: string | undefined;
  /** What the anonymous visitor wrote before there was a session, for as long as somebody is named. */
  private aside: readonly Outgoing[] = [];
  private cancel = () => {};

  constructor(options: VisitorOptions = {}) {
    super();
    const { runtime = systemRuntime, language = () => 'zh', identity = () => '' } = options;
    this.identity = identity;
    this.runtime = runtime;
    this.language = language;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { backoffBaseMs, backoffMaxMs, lockMs } = this.limits;
    const tabs = options.tabs ?? ownTabs(runtime, lockMs);
    this.backoff = new Backoff(backoffBaseMs, backoffMaxMs, () => runtime.random());
    const left = (id: bigint) => this.client.forget(id);
    const sits = (subject: string) => this.sit(subject);
    this.session = new VisitorSession(tabs, identity, left, sits);
    const mine = {
      tabs,
      token: () => this.session.token,
      deviceId: deviceId(tabs.store, runtime),
      person: 'visitor',
      sends: (id: bigint) => id === this.session.conversationId,
    };
    this.client = new ChatClient({ ...options, ...mine });
    this.client.connection.on('state', (state) => state === 'ended' && this.renew());
    this.client.on('rewound', (id) => {
      if (id === this.session.conversationId) this.head = undefined;
    });
    this.client.on('conversation', (head) => this.follow(head));
  }

  /** Begins, and goes on by itself until `stop`. */
  start(): void {
    void this.enter();
  }

  /**
   * Puts a message on its way, be there a connection, a session, or nothing yet. Throws a
   * `ProblemError` ("outbox_full") when too many wait already.
   */
  send(body: Body | string, quoteSeq = 0): Outgoing {
    if (this.room) return this.room.send(body, quoteSeq);
    if (this.early.length >= this.limits.earlySize) {
      throw new ProblemError('outbox_full', 'too many messages wait for a session');
    }
    const whole = typeof body === 'string' ? textBody(body) : body;
    const item = newOutgoing(this.runtime, whole, 0, this.early.at(-1)?.order ?? 0);
    this.setEarly([...this.early, item]);
    return item;
  }

  /** Asks for a human, leaves the queue, ends the talk. Rejects with a `ProblemError`. */
  async act(action: ActRequest_Action): Promise<Conversation> {
    const head = await this.client.rest.act(this.session.conversationId, action);
    if (answersMore(this.head, head)) this.follow(head);
    return head;
  }

  /**
   * The application has another token, or none: the visitor is whom it names, with the conversation of
   * theirs. What waits to be sent stays with who wrote it; of somebody who has left nothing is kept.
   * Another token of the same person changes nothing.
   */
  async identify(): Promise<void> {
    const asking = new Promise<string>((resolve) => resolve(this.identity()));
    // What cannot be asked now is asked again with the next session.
    const token = await asking.catch(() => undefined);
    const subject = token === undefined ? this.subject : subjectOf(token.trim());
    if (this.stopped || (this.room && subject === this.subject)) return;
    this.turn += 1;
    this.cancel();
    this.client.connection.stop();
    if (this.room) {
      this.room.close();
      this.client.shelve(this.room.conversationId);
      this.room = undefined;
    }
    if (subject !== undefined) this.sit(subject);
    this.emit('room', undefined);
    this.backoff.reset();
    await this.enter();
  }

  /** Hangs up. What waits to be sent is kept. */
  stop(): void {
    this.stopped = true;
    this.cancel();
    this.room?.close();
    this.client.stop();
  }

  /** What waits for a session belongs to who wrote it: it is not sent as anybody else's. */
  private sit(subject: string): void {
    const { subject: before, early } = this;
    if (subject === before) return;
    this.subject = subject;
    // The first one who is known here: whatever waits is theirs.
    if (before === undefined) return;
    if (!before) this.aside = early;
    this.setEarly(subject ? [] : this.aside);
    this.head = undefined;
    this.emit('person');
  }

  private async enter(): Promise<void> {
    const { turn } = this;
    try {
      const head = await this.session.enter(this.client.rest, this.language());
      if (this.stopped || turn !== this.turn) return;
      this.emit('problem', undefined);
      this.entered(head);
    } catch (error) {
      if (this.stopped || turn !== this.turn) return;
      const problem =
        error instanceof ProblemError ? error : new ProblemError('unknown', String(error));
      this.emit('problem', problem);
      const waitMs = Math.max(problem.retryAfterMs, this.backoff.next() + this.limits.retryMs / 2);
      this.cancel = this.runtime.after(waitMs, () => void this.enter());
    }
  }

  private entered(head: Conversation): void {
    this.backoff.reset();
    this.head = undefined;
    const me = () => ({ sender: Sender.VISITOR, id: this.head?.visitorId ?? 0n });
    this.room = this.client.room(this.session.conversationId, Room.startOf(head), me);
    this.follow(head);
    this.emit('room', this.room);
    this.room.outbox.adopt(this.early);
    this.setEarly([]);
    this.client.connection.start();
  }

  /** The server no longer knows the session: a new one, with a new conversation. */
  private renew(): void {
    const { room } = this;
    if (room) {
      // The same ids: another tab that takes them along, too, doubles nothing.
      const waiting = room.outgoing.filter(({ state }) => state === 'sending');
      room.close();
      this.client.forget(room.conversationId);
      this.room = undefined;
      this.setEarly(waiting.map((item) => ({ ...item, quoteSeq: 0, tries: 0, notBeforeMs: 0 })));
      this.emit('room', undefined);
    }
    this.session.forget();
    void this.enter();
  }

  private follow(head: Conversation): void {
    if (head.id !== this.session.conversationId) return;
    if (!isCurrent(this.head, head)) return;
    this.head = head;
    this.emit('head', head);
  }

  private setEarly(items: readonly Outgoing[]): void {
    this.early = items;
    this.emit('early', items);
  }
}

function ownTabs(runtime: Runtime, lockMs: number): Tabs {
  return typeof document === 'undefined' ? soloTabs(runtime, lockMs) : browserTabs(runtime, lockMs);
}
