import {
  Action,
  Backoff,
  Phase,
  postbackBody,
  problemCode,
  Sender,
  textBody,
  Visitor,
  type Body,
  type Conversation,
  type Identity,
  type Outgoing,
  type Rest,
  type Room as OpenRoom,
  type Site,
} from '@kefu/sdk';
import { Link } from '../lib/browser/link.svelte';
import { codecOfPage } from '../lib/browser/socket';
import { media } from '../lib/chat/media';
import { Room } from '../lib/chat/room.svelte';
import { i18n } from '../lib/i18n/index.svelte';
import { toasts } from '../lib/toasts.svelte';

/** The bot is shown as thinking for at most this long after one's own message, milliseconds. */
const THINKING_MS = 10_000;
const THINKING_AFTER_MS = 250;
const DEFAULT_MAX_CHARS = 2_000;

export interface DeskOptions {
  server?: string;
  site?: Site;
  /** Whom the business names. */
  identity?: Identity;
  /** Its token was not believed, and why. */
  refused?: (code: string) => void;
}

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
  readonly visitor: Visitor;
  private readonly backoff = new Backoff(800, 15_000, Math.random);
  private begun = $state('');
  private thinkingTimer: ReturnType<typeof setTimeout> | undefined;

  /** A desk of the server that the page came from, unless `options` name another one. */
  constructor(options: DeskOptions = {}) {
    const { server, site, identity, refused } = options;
    const language = () => i18n.language;
    const visitor = new Visitor({ server, language, identity, codec: codecOfPage() });
    this.visitor = visitor;
    const { client } = visitor;
    media.use(client.rest);
    this.link = new Link(client);
    client.on('welcome', (welcome) => {
      this.maxChars = welcome.maxTextChars || this.maxChars;
      this.recallWithinS = welcome.recallWithinS;
    });
    client.drafts.on('change', (id, text) => {
      if (id === this.room?.conversationId) this.begun = text;
    });
    visitor.on('room', (room) => this.enter(room));
    visitor.on('head', (head) => this.follow(head));
    visitor.on('early', (items) => (this.early = items));
    visitor.on('person', () => {
      this.begun = '';
      this.head = undefined;
      this.calm();
      media.keep(0);
    });
    visitor.on('problem', (error) => {
      const named = error?.code.startsWith('identity_');
      this.startProblem = named ? 'identity' : error?.code;
      if (named) refused?.(error!.code);
    });
    this.watchReplies();
    this.site = site;
    if (!site) void this.loadSite();
    visitor.start();
  }

  get rest(): Rest {
    return this.visitor.client.rest;
  }

  /** What was begun and not sent: the same in all tabs of this browser. */
  get draft(): string {
    return this.begun;
  }

  set draft(text: string) {
    this.begun = text;
    if (this.room) this.visitor.client.drafts.set(this.room.conversationId, text);
  }

  sendText(text: string): boolean {
    return this.send(textBody(text));
  }

  sendPostback(payload: string, label: string): boolean {
    return this.send(postbackBody(payload, label));
  }

  key(): void {
    if (this.phase === Phase.SERVING) this.room?.key();
  }

  idle(): void {
    this.room?.idle();
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
    this.visitor.client.connection.restart();
  }

  /** The page says who sits here, or says it no more. */
  identify(): void {
    void this.visitor.identify();
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
      this.site = await this.visitor.client.rest.site();
    } catch {
      setTimeout(() => void this.loadSite(), this.backoff.next() + 1_000);
    }
  }

  private enter(open: OpenRoom | undefined): void {
    this.room?.close();
    this.room = open && new Room(open);
    if (!open) return;
    const { drafts } = this.visitor.client;
    if (this.begun) drafts.set(open.conversationId, this.begun);
    else this.begun = drafts.get(open.conversationId);
  }

  private follow(head: Conversation): void {
    this.head = head;
    if (head.phase !== Phase.BOT && head.phase !== Phase.CLOSED) this.calm();
  }

  private send(body: Body): boolean {
    try {
      if (this.room) this.room.send(body);
      else this.visitor.send(body);
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
      return false;
    }
    const answered = [Phase.UNSPECIFIED, Phase.BOT, Phase.CLOSED];
    if (answered.includes(this.phase)) this.think();
    return true;
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
      await this.visitor.act(action);
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    } finally {
      this.acting = false;
    }
  }
}
