import type { Typing, Welcome, WorkspaceSnapshot } from '../../gen/kefu/v1/frame_pb';
import type { Agent, Conversation, Cursor } from '../../gen/kefu/v1/message_pb';
import { Connection, type ConnectionOptions, type ServerBody } from './connection';
import { Emitter } from './emitter';
import { Outbox, type OutboxStore } from './outbox';
import { Thread } from './thread';

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
};

/**
 * What an application talks to: one connection, the conversations that are open on it, and the
 * messages on their way. After every reconnect it opens and sends again whatever is needed.
 */
export class ChatClient extends Emitter<ClientEvents> {
  readonly connection: Connection;
  private readonly threads = new Map<bigint, Thread>();
  private readonly outboxes = new Map<bigint, Outbox>();
  private wantsWorkspace = false;

  constructor(options: ConnectionOptions) {
    super();
    this.connection = new Connection(options);
    this.connection.on('welcome', (welcome) => this.resume(welcome));
    this.connection.on('frame', (body) => this.dispatch(body));
    this.connection.on('problem', () => this.recheck());
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

  /** The conversation's outbox; it lives on when the conversation is closed on screen. */
  outbox(conversationId: bigint, store?: OutboxStore): Outbox {
    let outbox = this.outboxes.get(conversationId);
    if (!outbox) {
      outbox = new Outbox(this.connection, conversationId, store);
      this.outboxes.set(conversationId, outbox);
      void outbox.flush();
    }
    return outbox;
  }

  /** Gives up a conversation for good, and with it what was not sent yet. */
  forget(conversationId: bigint): void {
    this.close(conversationId);
    this.outboxes.get(conversationId)?.close();
    this.outboxes.delete(conversationId);
  }

  /** Agents: the workspace's lists from now on, a fresh snapshot at every connect. */
  openWorkspace(): void {
    this.wantsWorkspace = true;
    this.connection.tell({ case: 'workspace', value: {} });
  }

  typing(conversationId: bigint, active: boolean): void {
    this.connection.tell({ case: 'typing', value: { conversationId, active } });
  }

  /** Hangs up and forgets. */
  stop(): void {
    for (const thread of this.threads.values()) thread.close();
    for (const outbox of this.outboxes.values()) outbox.close();
    this.threads.clear();
    this.outboxes.clear();
    this.connection.stop();
  }

  private resume(welcome: Welcome): void {
    this.emit('welcome', welcome);
    if (this.wantsWorkspace) this.connection.tell({ case: 'workspace', value: {} });
    for (const thread of this.threads.values()) void thread.open();
    for (const outbox of this.outboxes.values()) void outbox.flush();
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
    }
  }
}
