import { ActRequest_Action as Action } from '../gen/kefu/v1/chat_pb';
import { Phase, Sender, type Body, type Conversation } from '../gen/kefu/v1/message_pb';
import { Link } from '../lib/browser/link.svelte';
import { deviceId } from '../lib/browser/device';
import { codecOfPage, socketUrl } from '../lib/browser/socket';
import { postbackBody, textBody } from '../lib/chat/bodies';
import { Room } from '../lib/chat/room.svelte';
import { TypingSignal } from '../lib/chat/typing';
import {
  Backoff,
  ChatClient,
  newClientId,
  problemCode,
  ProblemError,
  Rest,
  type Outgoing,
  type Site,
} from '../lib/client';
import { i18n } from '../lib/i18n/index.svelte';
import { session as tabStorage } from '../lib/storage';
import { toasts } from '../lib/toasts.svelte';
import { VisitorSession } from './session';

/** The bot is shown as thinking for at most this long after one's own message, milliseconds. */
const THINKING_MS = 10_000;
const THINKING_AFTER_MS = 250;
const DEFAULT_MAX_CHARS = 2_000;
const MOST_EARLY = 20;

/** The visitor's side of the counter: session, connection and the one conversation. */
export class Desk {
  site = $state.raw<Site | undefined>();
  head = $state.raw<Conversation | undefined>();
  room = $state.raw<Room | undefined>();
  maxChars = $state(DEFAULT_MAX_CHARS);
  /** For how long an own message may be taken back, seconds. */
  recallWithinS = $state(0);
  /** Set by the composer that is on screen. */
  focusComposer: (() => void) | undefined;
  thinking = $state(false);
  /** Written before there was a session; it goes out as soon as there is one. */
  early = $state.raw<readonly Outgoing[]>([]);
  /** The server's word when no session could be had; it is tried again by itself. */
  startProblem = $state<string | undefined>();
  acting = $state(false);
  readonly phase = $derived(this.head?.phase ?? Phase.UNSPECIFIED);
  readonly link: Link;
  private readonly session = new VisitorSession();
  private readonly rest = new Rest(() => this.session.token);
  private readonly client: ChatClient;
  private readonly backoff = new Backoff(800, 15_000);
  private readonly signal = new TypingSignal((active) =>
    this.client.typing(this.session.conversationId, active),
  );
  private thinkingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.client = new ChatClient({
      url: socketUrl(),
      token: () => this.session.token,
      language: () => i18n.language,
      deviceId: deviceId(),
      codec: codecOfPage(),
    });
    this.link = new Link(this.client.connection);
    this.client.connection.on('state', (state) => state === 'ended' && this.renew());
    this.client.on('welcome', (welcome) => {
      this.maxChars = welcome.maxTextChars || this.maxChars;
      this.recallWithinS = welcome.recallWithinS;
    });
    this.client.on('rewound', (id) => {
      if (id === this.session.conversationId) this.head = undefined;
    });
    this.client.on('conversation', (head) => this.follow(head));
    this.watchReplies();
    void this.loadSite();
    void this.start();
  }

  sendText(text: string): boolean {
    return this.send(textBody(text));
  }

  sendPostback(payload: string, label: string): boolean {
    return this.send(postbackBody(payload, label));
  }

  key(): void {
    if (this.phase === Phase.SERVING) this.signal.key();
  }

  idle(): void {
    this.signal.stop();
  }

  requestHuman(): Promise<void> {
    return this.act(Action.REQUEST_HUMAN);
  }

  leaveQueue(): Promise<void> {
    return this.act(Action.LEAVE_QUEUE);
  }

  end(): Promise<void> {
    return this.act(Action.CLOSE);
  }

  /** The bot answers in the page's language from now on: said anew with the next hello. */
  languageChanged(): void {
    this.client.connection.restart();
  }

  async loadEarlier(): Promise<void> {
    try {
      await this.room?.loadEarlier();
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    }
  }

  private async loadSite(): Promise<void> {
    try {
      this.site = await this.rest.site();
    } catch {
      setTimeout(() => void this.loadSite(), this.backoff.next() + 1_000);
    }
  }

  private async start(): Promise<void> {
    try {
      this.head = await this.session.enter(this.rest, i18n.language);
      this.startProblem = undefined;
    } catch (error) {
      this.startProblem = problemCode(error);
      setTimeout(() => void this.start(), this.backoff.next() + 500);
      return;
    }
    const id = this.session.conversationId;
    const me = () => ({ sender: Sender.VISITOR, id: this.head?.visitorId ?? 0n });
    this.room = new Room(this.client, this.rest, id, Room.startOf(this.head), me, {
      load: () => tabStorage.get(`kefu.outbox.${id}`),
      save: (text) => tabStorage.set(`kefu.outbox.${id}`, text),
    });
    this.client.connection.start();
    const { early, room } = this;
    this.early = [];
    for (const { body } of early) room.send(body);
  }

  /** The server no longer knows the session: a new one, with a new conversation. */
  private renew(): void {
    const { room } = this;
    if (room) {
      this.early = room.outgoing.filter(({ state }) => state === 'sending');
      room.close();
      this.client.forget(room.conversationId);
      this.room = undefined;
    }
    this.session.forget();
    void this.start();
  }

  private follow(head: Conversation): void {
    if (head.id !== this.session.conversationId) return;
    if (this.head && head.version < this.head.version) return;
    this.head = head;
    if (head.phase !== Phase.BOT && head.phase !== Phase.CLOSED) this.calm();
  }

  private send(body: Body): boolean {
    try {
      if (this.room) this.room.send(body);
      else this.keep(body);
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
      return false;
    }
    const answered = [Phase.UNSPECIFIED, Phase.BOT, Phase.CLOSED];
    if (answered.includes(this.phase)) this.think();
    return true;
  }

  private keep(body: Body): void {
    if (this.early.length >= MOST_EARLY) throw new ProblemError('outbox_full', 'no session yet');
    const item = {
      clientId: newClientId(),
      body,
      queuedAtMs: Date.now(),
      state: 'sending',
    } as const;
    this.early = [...this.early, item];
  }

  /** A reply that comes at once needs no sign of thinking: that would only flicker. */
  private think(): void {
    this.calm();
    this.thinkingTimer = setTimeout(() => {
      this.thinking = true;
      this.thinkingTimer = setTimeout(() => this.calm(), THINKING_MS);
    }, THINKING_AFTER_MS);
  }

  private calm(): void {
    clearTimeout(this.thinkingTimer);
    this.thinking = false;
  }

  private watchReplies(): void {
    $effect.root(() => {
      $effect(() => {
        const last = this.room?.messages.at(-1);
        const notice = last?.body?.kind.case === 'notice';
        if (last && last.sender !== Sender.VISITOR && !notice) this.calm();
      });
    });
  }

  private async act(action: Action): Promise<void> {
    if (this.acting) return;
    this.acting = true;
    try {
      this.follow(await this.rest.act(this.session.conversationId, action));
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    } finally {
      this.acting = false;
    }
  }
}
