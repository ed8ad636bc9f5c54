import { Emitter } from '../base/emitter.js';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.js';
import { ProblemError } from '../base/problem.js';
import { systemRuntime, type Runtime } from '../base/runtime.js';
import { Diagnostics, type DiagnosticsOptions, type Dump } from '../diagnostics/diagnostics.js';
import type { WordAlert } from '../gen/alert.js';
import type { Board, SlaAlert } from '../gen/board.js';
import type { Missed, Typing, Welcome, WorkspaceSnapshot } from '../gen/frame.js';
import type { Agent, Conversation, Cursor } from '../gen/message.js';
import type { CodecName } from '../net/codec.js';
import { Connection } from '../net/connection.js';
import { EventStreamTransport } from '../net/event-stream.js';
import { LongPollTransport } from '../net/long-poll.js';
import type { ServerBody } from '../net/requests.js';
import { Rest } from '../net/rest.js';
import type { Transport } from '../net/transport.js';
import { WebSocketTransport } from '../net/websocket.js';
import { Drafts } from '../tabs/drafts.js';
import { browserTabs, soloTabs, type Tabs } from '../tabs/tabs.js';
import { Outbox } from './outbox.js';
import type { Viewer } from './places.js';
import { Room } from './room.js';
import { Thread } from './thread.js';

export interface ClientOptions extends DiagnosticsOptions {
  /** "https://help.example.com", without a path. Default: where the page came from. */
  readonly server?: string;
  /** The session's token, asked anew at every connect. Default: empty, a cookie carries the session. */
  readonly token?: () => string;
  /** "zh" or "en", asked anew at every connect. Default: "zh". */
  readonly language?: () => string;
  /** Which of the person's devices this is, 1 to 64 of [A-Za-z0-9_-]. Default: one per session. */
  readonly deviceId?: string;
  /**
   * Names the person in this browser's storage ("agent-7"). With a name, what waits to be sent and
   * what was begun survives a reload and is shared by the tabs; without, it lasts as long as the page.
   */
  readonly person?: string;
  /** Whether what waits in a conversation that was not opened is the person's to send. Default: all is. */
  readonly sends?: (conversationId: bigint) => boolean;
  /** Default: "proto". With "json" the traffic is readable. */
  readonly codec?: CodecName;
  /** From best to last. Default: WebSocket, server-sent events, long polling. */
  readonly transports?: readonly Transport[];
  readonly limits?: Partial<Limits>;
  /** For tests, and for applications that keep things elsewhere. */
  readonly tabs?: Tabs;
  readonly runtime?: Runtime;
}

type ClientEvents = {
  welcome: [Welcome];
  conversation: [Conversation];
  /** The server stands on a backup: nothing that was known of this conversation is true any more. */
  rewound: [bigint];
  typing: [Typing];
  /** Somebody's place in a conversation; the larger numbers count. */
  cursor: [Cursor];
  agent: [Agent];
  workspace: [WorkspaceSnapshot];
  /** Supervisors: sensitive words were said. */
  wordAlert: [WordAlert];
  /** Supervisors: the numbers of now. */
  board: [Board];
  /** A promise to a visitor is due soon, or broken. */
  slaAlert: [SlaAlert];
};

/**
 * What an application talks to: one connection, the conversations that are open on it, and the
 * messages on their way. After every reconnect it opens and sends again whatever is needed.
 */
export class ChatClient extends Emitter<ClientEvents> {
  readonly connection: Connection;
  readonly rest: Rest;
  readonly drafts: Drafts;
  private readonly tabs: Tabs;
  private readonly person: string;
  private readonly sends: (conversationId: bigint) => boolean;
  private readonly diagnostics: Diagnostics;
  private readonly threads = new Map<bigint, Thread>();
  private readonly outboxes = new Map<bigint, Outbox>();
  private readonly off: () => void;
  private wantsWorkspace = false;

  constructor(options: ClientOptions) {
    super();
    const { server = '', token = () => '', language = () => 'zh', person } = options;
    const { deviceId = '', codec = 'proto', runtime = systemRuntime } = options;
    const { transports = defaultTransports() } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.person = person ?? '';
    this.sends = options.sends ?? (() => true);
    this.tabs = options.tabs ?? tabsFor(person, runtime, limits.lockMs);
    this.rest = new Rest(token, server);
    this.drafts = new Drafts(this.tabs, `kefu.draft.${this.person}.`);
    this.diagnostics = new Diagnostics(runtime, limits, options);
    const target = { server, codec, token, deviceId };
    const { diagnostics } = this;
    this.connection = new Connection({
      target,
      language,
      transports,
      limits,
      runtime,
      diagnostics,
    });
    this.connection.on('welcome', (welcome) => this.resume(welcome));
    this.connection.on('frame', (body) => this.dispatch(body));
    this.connection.on('problem', () => this.recheck());
    this.off = this.tabs.on(({ key }) => this.keptUnder(key));
  }

  /** Messages after `afterSeq`, now and as they come. A second call returns the same thread. */
  open(conversationId: bigint, afterSeq: number): Thread {
    const known = this.threads.get(conversationId);
    if (known) return known;
    const thread = new Thread(this.connection, conversationId, afterSeq);
    this.threads.set(conversationId, thread);
    void thread.open();
    return thread;
  }

  close(conversationId: bigint): void {
    this.threads.get(conversationId)?.close();
    this.threads.delete(conversationId);
  }

  /** A conversation as `me` looks at it, messages up to `afterSeq` left for later; one at a time. */
  room(conversationId: bigint, afterSeq: number, me: () => Viewer): Room {
    return new Room(this, conversationId, afterSeq, me);
  }

  /** The conversation's outbox; it lives on when the conversation is closed on screen. */
  outbox(conversationId: bigint): Outbox {
    let outbox = this.outboxes.get(conversationId);
    if (!outbox) {
      const key = `kefu.outbox.${this.person}.${conversationId}`;
      outbox = new Outbox(this.connection, this.tabs, conversationId, key);
      this.outboxes.set(conversationId, outbox);
      void outbox.flush();
    }
    return outbox;
  }

  /** Lets go of a conversation. What waits in it is kept, and sent when it is opened again. */
  shelve(conversationId: bigint): void {
    this.close(conversationId);
    this.outboxes.get(conversationId)?.close();
    this.outboxes.delete(conversationId);
  }

  /** Gives up a conversation for good, and with it what was not sent yet. */
  forget(conversationId: bigint): void {
    this.outbox(conversationId).clear();
    this.shelve(conversationId);
    this.drafts.set(conversationId, '');
  }

  /** Forgets all that this browser keeps of the person: after it, somebody else may sit here. */
  forgetAll(): void {
    this.drafts.clear();
    const prefix = `kefu.outbox.${this.person}.`;
    for (const key of this.tabs.store.keys(prefix)) {
      this.tabs.store.remove(key);
      this.tabs.tell({ key });
    }
  }

  /** Agents: the workspace's lists from now on, a fresh snapshot at every connect. */
  openWorkspace(): void {
    this.wantsWorkspace = true;
    this.connection.tell({ case: 'workspace', value: {} });
  }

  /** Tells the others; may be lost. `Room.key` does it as often as needed. */
  typing(conversationId: bigint, active: boolean): void {
    this.connection.tell({ case: 'typing', value: { conversationId, active } });
  }

  /**
   * What this device missed, over all conversations of the person, by id: how far it is, the count
   * of unread ones, the first messages that it has not. Rejects with a `ProblemError`.
   */
  async *missed(pageSize = 0): AsyncGenerator<Missed, void> {
    let after = 0n;
    do {
      const value = { after, limit: pageSize };
      const answer = await this.connection.request({ case: 'missed', value });
      if (answer.case !== 'missed') throw new ProblemError('bad_frame', 'not what was missed');
      yield* answer.value.conversations;
      after = answer.value.nextAfter;
    } while (after > 0n);
  }

  /** What happened so far, as plain JSON without tokens and words of people: for a bug report. */
  dump(): Dump {
    const { state, transport, heartbeat } = this.connection;
    const waiting = this.tabs.store.keys(`kefu.outbox.${this.person}.`).length;
    return this.diagnostics.dump({ state, transport, heartbeatMs: heartbeat.everyMs, waiting });
  }

  /** The network or the page came back: connect at once, or make sure that the line still lives. */
  nudge(): void {
    this.connection.nudge();
    this.sendKept();
  }

  /** Hangs up and lets go. What waits to be sent is kept. */
  stop(): void {
    for (const thread of this.threads.values()) thread.close();
    for (const outbox of this.outboxes.values()) outbox.close();
    this.threads.clear();
    this.outboxes.clear();
    this.drafts.close();
    this.off();
    this.tabs.close();
    this.connection.stop();
  }

  private resume(welcome: Welcome): void {
    this.emit('welcome', welcome);
    if (this.wantsWorkspace) this.connection.tell({ case: 'workspace', value: {} });
    for (const thread of this.threads.values()) void thread.open();
    this.sendKept();
  }

  /** Also what other tabs left behind, of conversations that this one has not opened. */
  private sendKept(): void {
    const prefix = `kefu.outbox.${this.person}.`;
    for (const key of this.tabs.store.keys(prefix)) this.keptUnder(key, prefix);
    for (const outbox of this.outboxes.values()) void outbox.flush();
  }

  private keptUnder(key: string, prefix = `kefu.outbox.${this.person}.`): void {
    const [id, clientId] = key.startsWith(prefix) ? key.slice(prefix.length).split('.') : [];
    if (!id || !clientId || !/^\d+$/.test(id)) return;
    if (this.sends(BigInt(id))) this.outbox(BigInt(id));
  }

  /** Such a problem does not say what it is about; opening again what is open is always safe. */
  private recheck(): void {
    for (const thread of this.threads.values()) thread.recheck();
  }

  private dispatch(body: ServerBody): void {
    switch (body.case) {
      case 'opened':
        if (!body.value.conversation) break;
        if (this.threads.get(body.value.conversation.id)?.opened(body.value)) {
          this.emit('rewound', body.value.conversation.id);
        }
        this.emit('conversation', body.value.conversation);
        for (const cursor of body.value.cursors) this.emit('cursor', cursor);
        break;
      case 'messages':
        this.threads.get(body.value.conversationId)?.receive(body.value);
        break;
      case 'conversation':
        this.emit('conversation', body.value);
        break;
      case 'cursor':
        this.emit('cursor', body.value);
        break;
      case 'typing':
        this.emit('typing', body.value);
        break;
      case 'agent':
        this.emit('agent', body.value);
        break;
      case 'workspace':
        this.emit('workspace', body.value);
        break;
      case 'wordAlert':
        this.emit('wordAlert', body.value);
        break;
      case 'board':
        this.emit('board', body.value);
        break;
      case 'slaAlert':
        this.emit('slaAlert', body.value);
        break;
    }
  }
}

function defaultTransports(): Transport[] {
  return [new WebSocketTransport(), new EventStreamTransport(), new LongPollTransport()];
}

function tabsFor(person: string | undefined, runtime: Runtime, lockMs: number): Tabs {
  const shared = person !== undefined && typeof document !== 'undefined';
  return shared ? browserTabs(runtime, lockMs) : soloTabs(runtime, lockMs);
}
