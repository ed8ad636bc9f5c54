import { Emitter } from '../base/emitter.js';
import type { ProblemError } from '../base/problem.js';
import type { Messages, Opened } from '../gen/frame.js';
import type { Message } from '../gen/message.js';
import type { Connection } from '../net/connection.js';
import { Timers } from '../base/timers.js';

type ThreadEvents = {
  /** New messages: each sequence number once, ascending, without a gap. */
  messages: [Message[]];
  /** The server will not open this conversation, now or later. */
  refused: [ProblemError];
  /** What was handed out is not true any more, the server stands on a backup: all comes again. */
  rewound: [];
};

/**
 * One opened conversation. Whatever the wire does (cuts, repeats, gaps), its listeners see what
 * follows `afterSeq` exactly once and in order.
 */
export class Thread extends Emitter<ThreadEvents> {
  private opening = false;
  private closed = false;
  private readonly timers: Timers;
  private epochOfSeq = 0n;

  constructor(
    private readonly connection: Connection,
    readonly conversationId: bigint,
    /** The last sequence number that was handed out. */
    private seq: number,
  ) {
    super();
    this.timers = new Timers(connection.runtime);
  }

  get lastSeq(): number {
    return this.seq;
  }

  /** What sequence numbers belong to; 0 until the server has said it. */
  get epoch(): bigint {
    return this.epochOfSeq;
  }

  /** Asks for everything after the last one shown. Called at every connect and after a gap. */
  async open(): Promise<void> {
    if (this.closed || this.connection.state !== 'open') return;
    this.timers.clearAll();
    this.opening = true;
    const { conversationId, epoch } = this;
    const value = { conversationId, afterSeq: BigInt(this.seq), epoch };
    try {
      await this.connection.request({ case: 'open', value });
    } catch (error) {
      this.retry(error as ProblemError);
    }
  }

  /** `opened` for this conversation came; what follows is contiguous. True when all comes again. */
  opened({ conversation, epoch }: Opened): boolean {
    this.opening = false;
    if (this.closed) return false;
    // Asked for with an epoch that is over, everything follows by itself.
    const isOver = this.epoch !== 0n && this.epoch !== epoch;
    const isAhead = Number(conversation?.lastSeq ?? 0n) < this.seq;
    this.epochOfSeq = epoch;
    if (!isOver && !isAhead) return false;
    this.seq = 0;
    this.note('rewound');
    this.emit('rewound');
    if (!isOver) void this.open();
    return true;
  }

  receive(frame: Messages): void {
    // Until `opened`, what comes was meant for the opening before.
    if (this.opening || this.closed) return;
    const fresh: Message[] = [];
    for (const message of frame.messages) {
      const seq = Number(message.seq);
      if (seq <= this.seq) continue;
      if (seq !== this.seq + 1) {
        this.deliver(fresh);
        this.note('gap');
        this.reopen();
        return;
      }
      this.seq = seq;
      fresh.push(message);
    }
    this.deliver(fresh);
  }

  /** The server may have stopped sending: asks again soon for what follows the last one. */
  recheck(): void {
    if (!this.closed) this.reopen();
  }

  /** No more events. The server is told, so that it stops sending. */
  close(): void {
    this.closed = true;
    this.timers.clearAll();
    const value = { conversationId: this.conversationId };
    this.connection.tell({ case: 'leave', value });
  }

  private note(name: 'gap' | 'rewound'): void {
    const { diagnostics } = this.connection;
    diagnostics.record(diagnostics.trace(), name, { conversationId: String(this.conversationId) });
  }

  private deliver(messages: Message[]): void {
    if (messages.length > 0) this.emit('messages', messages);
  }

  private reopen(waitMs = this.connection.limits.reopenMs): void {
    this.opening = true;
    this.timers.set('open', waitMs, () => void this.open());
  }

  private retry(error: ProblemError): void {
    // A cut is mended by the next connect, which opens every thread again.
    if (this.closed || error.code === 'offline') return;
    if (error.transient) this.reopen(Math.max(error.retryAfterMs, this.connection.limits.reopenMs));
    else this.emit('refused', error);
  }
}
