import { SvelteMap } from 'svelte/reactivity';
import type { WorkspaceSnapshot } from '@kefu/sdk/proto/frame';
import type { Principal } from '@kefu/sdk/proto/chat';
import { Phase, Role, type Agent, type Conversation } from '@kefu/sdk/proto/message';
import { Link } from '../../lib/browser/link.svelte';
import { codecOfPage } from '../../lib/browser/socket';
import { media } from '../../lib/chat/media';
import {
  answersMore,
  ChatClient,
  deviceId,
  isCurrent,
  problemCode,
  systemRuntime,
  type Rest,
} from '@kefu/sdk';
import { clock } from '../../lib/clock.svelte';
import { i18n } from '../../lib/i18n/index.svelte';
import { local } from '../../lib/storage';
import { toasts } from '../../lib/toasts.svelte';
import { AlertDesk } from '../alerts/alerts.svelte';
import { BoardState } from '../board/board.svelte';
import { announce, announceMention } from './announce';
import { Groups } from './groups.svelte';
import { needy, type Reason } from './attention';
import { Conversations } from './conversations.svelte';
import { alertFor } from './lists';
import { Offer } from './offer.svelte';
import { Canned } from '../canned/canned.svelte';
import { LeftDesk } from '../left/left.svelte';
import { Mentions } from '../notes/mentions.svelte';
import { Promises } from './promises.svelte';
import { Talk } from './talk.svelte';
import { Unread } from './unread.svelte';
import { WordAlerts } from './words.svelte';

const DEFAULT_MAX_CHARS = 2_000;
const CLOSED_PAGE = 50;

/**
 * Everything an agent sees, live: one snapshot at every connect, then what changes. Conversations
 * carry a version, and the newest wins, whatever way it came.
 */
export class Workspace {
  readonly conversations: Conversations;
  readonly agents = new SvelteMap<bigint, Agent>();
  readonly client: ChatClient;
  readonly rest: Rest;
  readonly link: Link;
  readonly talk: Talk;
  readonly groups: Groups;
  readonly offer: Offer;
  readonly unreads: Unread;
  readonly mentions: Mentions;
  readonly canned: Canned;
  readonly left: LeftDesk;
  readonly words = new WordAlerts();
  readonly alerts: AlertDesk;
  readonly promises = new Promises();
  readonly board: BoardState;
  /** Who ended this session, if it was somebody else. */
  loggedOutBy = '';
  /** The first snapshot has come. */
  ready = $state(false);
  maxChars = $state(DEFAULT_MAX_CHARS);
  /** For how long an own message may be taken back, seconds. */
  recallWithinS = $state(0);
  /** More closed conversations can be loaded. */
  moreClosed = $state(true);
  loadingClosed = $state(false);
  /** When a conversation needs attention, as the server says: milliseconds, and times in a row. */
  attentionAfterMs = $state(60_000);
  attentionFallbacks = $state(2);
  readonly counts = $derived.by(() => this.conversations.counts);
  /** What needs this agent, and why (`attention.ts`). Only what can is looked at. */
  readonly attention = $derived.by(() => {
    const { conversations, me, offer, words } = this;
    const alerted = new Set(words.list.map(({ alert }) => alert.conversationId));
    const known = [...alerted, offer.id].flatMap((id) => conversations.get(id) ?? []);
    const own = conversations.section('serving').mine;
    return needy([...own, ...known, ...conversations.notUnderstood()], {
      nowMs: clock.now,
      me: me.id,
      afterMs: this.attentionAfterMs,
      fallbacks: this.attentionFallbacks,
      offered: offer.id,
      alerted,
    });
  });
  readonly reasons = $derived.by(
    (): ReadonlyMap<bigint, Reason> =>
      new Map(this.attention.map(({ conversation, reason }) => [conversation.id, reason])),
  );
  /** What needs this agent now: own unread messages, mentions, and everybody who queues. */
  readonly pending = $derived.by(() => {
    let sum = this.counts.queued + this.mentions.all.length;
    for (const each of this.conversations.section('serving').mine) {
      if (each.phase === Phase.SERVING) sum += this.unread(each);
    }
    return sum;
  });

  constructor(
    readonly me: Principal,
    onended: () => void,
  ) {
    this.conversations = new Conversations(me.id);
    this.client = new ChatClient({
      // The session travels in the cookie, which no script can read.
      language: () => i18n.language,
      deviceId: deviceId(local, systemRuntime),
      person: `agent-${me.id}`,
      codec: codecOfPage(),
    });
    this.rest = this.client.rest;
    media.use(this.rest);
    this.unreads = new Unread(this.client, me.id, (id) => this.conversations.get(id));
    this.mentions = new Mentions(this.client, me.id, (note) => announceMention(this, note));
    this.canned = new Canned(this.client);
    this.left = new LeftDesk(this.client);
    this.link = new Link(this.client);
    this.talk = new Talk(this);
    this.groups = new Groups(this.rest);
    this.offer = new Offer(this);
    this.board = new BoardState(this.rest);
    this.alerts = new AlertDesk(this.rest);
    this.client.connection.on('problem', ({ code, message }) => {
      if (code === 'logged_out') this.loggedOutBy = message;
    });
    this.client.on('board', (board) => this.board.take(board));
    this.client.on('slaAlert', (alert) => this.promises.take(alert));
    this.client.connection.on('state', (state) => state === 'ended' && onended());
    this.client.on('welcome', (welcome) => {
      this.maxChars = welcome.maxTextChars || this.maxChars;
      this.recallWithinS = welcome.recallWithinS;
      // A server of an earlier release says nothing of it.
      this.attentionAfterMs = 1_000 * (welcome.attentionAfterS || 60);
      this.attentionFallbacks = welcome.attentionFallbacks || 2;
    });
    this.client.on('workspace', (snapshot) => this.replace(snapshot));
    this.client.on('conversation', (conversation) => this.follow(conversation));
    this.client.on('agent', (agent) => this.agents.set(agent.id, agent));
    this.client.on('wordAlert', (alert) => {
      this.words.take(alert);
      this.alerts.take(alert);
    });
    this.client.openWorkspace();
    this.client.connection.start();
  }

  get self(): Agent | undefined {
    return this.agents.get(this.me.id);
  }

  get isAdmin(): boolean {
    return this.me.role === Role.ADMIN;
  }

  /** May step into what a colleague serves, and look at what the bot knows. */
  get oversees(): boolean {
    return this.me.role === Role.ADMIN || this.me.role === Role.SUPERVISOR;
  }

  unread(conversation: Conversation): number {
    return this.unreads.of(conversation);
  }

  visitorName(conversation: Conversation): string {
    const { visitorName, visitorId } = conversation;
    return visitorName || i18n.m.agent.visitorN(String(visitorId).slice(-5));
  }

  /** This supervisor has looked at words that were found. */
  sawAlerts(ids: readonly bigint[]): void {
    this.words.saw(ids);
    this.alerts.see(ids).catch((error: unknown) => {
      toasts.show('bad', i18n.problem(problemCode(error)));
    });
  }

  /** A conversation's state, from a frame. */
  follow(conversation: Conversation): void {
    const before = this.conversations.get(conversation.id);
    if (!isCurrent(before, conversation)) return;
    this.conversations.set(conversation.id, conversation);
    this.unreads.follow(before, conversation);
    this.promises.follow(conversation);
    const alert = this.ready ? alertFor(before, conversation, this.me.id) : undefined;
    if (alert) announce(this, conversation, alert);
  }

  /** A conversation's state, from an answer. */
  answered(conversation: Conversation): void {
    if (answersMore(this.conversations.get(conversation.id), conversation)) {
      this.follow(conversation);
    }
  }

  /** Asks the server for one conversation: a link from elsewhere, or after a refusal. */
  async refresh(id: bigint): Promise<void> {
    const fresh = await this.rest.conversation(id);
    if (answersMore(this.conversations.get(id), fresh)) this.conversations.set(id, fresh);
  }

  async loadClosed(): Promise<void> {
    if (this.loadingClosed || !this.moreClosed) return;
    this.loadingClosed = true;
    try {
      const { conversations } = await this.rest.conversations(
        [Phase.CLOSED],
        this.closedCursor,
        CLOSED_PAGE,
      );
      for (const each of conversations) {
        if (!this.conversations.has(each.id)) this.conversations.set(each.id, each);
      }
      this.moreClosed = conversations.length === CLOSED_PAGE;
      this.closedCursor = conversations.at(-1)?.id ?? this.closedCursor;
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    } finally {
      this.loadingClosed = false;
    }
  }

  stop(): void {
    this.talk.stop();
    this.unreads.stop();
    this.client.stop();
  }

  /** The oldest closed conversation that was listed; 0 before the first page. */
  private closedCursor = 0n;

  private replace({ conversations, agents }: WorkspaceSnapshot): void {
    const listed = new Set(conversations.map((each) => each.id));
    // What went away during a cut was closed meanwhile; its row comes back with the closed ones.
    for (const [id, each] of this.conversations) {
      if (each.phase !== Phase.CLOSED && !listed.has(id)) this.conversations.delete(id);
    }
    for (const each of conversations) this.follow(each);
    this.agents.clear();
    for (const each of agents) this.agents.set(each.id, each);
    if (this.ready) this.closedCursor = 0n;
    this.moreClosed = true;
    this.ready = true;
    void this.groups.load();
    if (this.oversees) void this.alerts.renew();
    this.talk.recover();
  }
}
