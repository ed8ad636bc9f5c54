import { fromJson, toJson, type JsonValue } from '@bufbuild/protobuf';
import type { Accepted } from '../../gen/kefu/v1/frame_pb';
import { BodySchema, type Body } from '../../gen/kefu/v1/message_pb';
import type { Connection } from './connection';
import { Emitter } from './emitter';
import { newClientId } from './ids';
import { ProblemError } from './problem';

/** `sending` until the server has it durably (`sent`), or until a person must decide (`failed`). */
export interface Outgoing {
  readonly clientId: string;
  readonly body: Body;
  readonly queuedAtMs: number;
  /** The message that this one answers; none or 0: it answers none. */
  readonly quoteSeq?: number;
  readonly state: 'sending' | 'sent' | 'failed';
  /** The server's word, when failed. */
  readonly problem?: string;
  /** Set once the message is sent. */
  readonly seq?: number;
}

/** Where messages that were not sent yet survive a reload. */
export interface OutboxStore {
  load(): string | null;
  save(text: string): void;
}

type OutboxEvents = { change: [readonly Outgoing[]]; accepted: [Accepted] };

/**
 * The messages of one conversation on their way to the server. One is in flight at a time, so the
 * order in which they were written is the order in which they are stored; a retry has the same
 * client id, so it is never stored twice.
 */
export class Outbox extends Emitter<OutboxEvents> {
  private items: Outgoing[] = [];
  private busy = false;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connection: Connection,
    readonly conversationId: bigint,
    private readonly store?: OutboxStore,
  ) {
    super();
    this.items = this.restore();
  }

  get list(): readonly Outgoing[] {
    return this.items;
  }

  /** Queues a message. Throws when too many wait already. */
  push(body: Body, quoteSeq = 0): Outgoing {
    const waiting = this.items.filter((item) => item.state !== 'sent').length;
    if (waiting >= this.connection.limits.outboxSize) {
      throw new ProblemError('outbox_full', 'too many messages wait to be sent');
    }
    const item: Outgoing = {
      clientId: newClientId(),
      body,
      queuedAtMs: Date.now(),
      quoteSeq,
      state: 'sending',
    };
    this.update([...this.items, item]);
    void this.flush();
    return item;
  }

  /** A failed message goes to the end of the queue, under a new id: the old one may be taken. */
  retry(clientId: string): void {
    const failed = this.items.find((item) => item.clientId === clientId && item.state === 'failed');
    if (!failed) return;
    this.discard(clientId);
    this.push(failed.body, failed.quoteSeq);
  }

  /** Forgets a message: it failed and is not wanted, or the conversation now shows it. */
  discard(clientId: string): void {
    const rest = this.items.filter((item) => item.clientId !== clientId);
    if (rest.length < this.items.length) this.update(rest);
  }

  /** Sends what waits, one after another, until it is empty, refused or cut. */
  async flush(): Promise<void> {
    if (this.busy || this.connection.state !== 'open') return;
    clearTimeout(this.timer);
    this.busy = true;
    try {
      for (let next = this.head(); next; next = this.head()) {
        if (!(await this.sendOne(next))) break;
      }
    } finally {
      this.busy = false;
    }
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private head(): Outgoing | undefined {
    return this.items.find((item) => item.state === 'sending');
  }

  /** False when nothing more should be tried now. */
  private async sendOne(item: Outgoing): Promise<boolean> {
    const value = {
      conversationId: this.conversationId,
      clientId: item.clientId,
      body: item.body,
      quoteSeq: BigInt(item.quoteSeq ?? 0),
      // Of the moment in which it was written: "tomorrow" in it is counted by that clock.
      utcOffsetMinutes: 0 - new Date(item.queuedAtMs).getTimezoneOffset(),
    };
    try {
      const answer = await this.connection.request({ case: 'send', value });
      if (answer.case !== 'accepted') throw new ProblemError('bad_frame', 'not an answer to send');
      this.tries = 0;
      this.change(item.clientId, { state: 'sent', seq: Number(answer.value.seq) });
      this.emit('accepted', answer.value);
      return true;
    } catch (error) {
      return this.refused(item, error as ProblemError);
    }
  }

  private refused(item: Outgoing, error: ProblemError): boolean {
    // Cut: the next connect flushes again, and that costs no try.
    if (error.code === 'offline') return false;
    this.tries += 1;
    if (error.transient && this.tries < this.connection.limits.sendTries) {
      const waitMs = Math.max(error.retryAfterMs, this.connection.limits.retryMs);
      this.timer = setTimeout(() => void this.flush(), waitMs);
      return false;
    }
    this.tries = 0;
    this.change(item.clientId, { state: 'failed', problem: error.code });
    return true;
  }

  private change(clientId: string, patch: Partial<Outgoing>): void {
    this.update(
      this.items.map((item) => (item.clientId === clientId ? { ...item, ...patch } : item)),
    );
  }

  private update(items: Outgoing[]): void {
    this.items = items;
    const unsent = items.filter((item) => item.state !== 'sent');
    this.store?.save(
      JSON.stringify(unsent.map((item) => ({ ...item, body: toJson(BodySchema, item.body) }))),
    );
    this.emit('change', items);
  }

  private restore(): Outgoing[] {
    try {
      const saved = JSON.parse(this.store?.load() ?? '[]') as (Outgoing & { body: JsonValue })[];
      return saved.map((item) => ({ ...item, body: fromJson(BodySchema, item.body) }));
    } catch {
      // Somebody else's or an older version's data: start empty rather than not at all.
      return [];
    }
  }
}
