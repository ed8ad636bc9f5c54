import { Emitter } from '../base/emitter.js';
import { ProblemError } from '../base/problem.js';
import { Timers } from '../base/timers.js';
import type { Trace } from '../diagnostics/diagnostics.js';
import type { Body } from '../gen/message.js';
import type { AssistTaken } from '../gen/proposal.js';
import type { Connection } from '../net/connection.js';
import type { News, Tabs } from '../tabs/tabs.js';
import { newOutgoing, OutgoingRecords, type Outgoing } from './outgoing.js';

type OutboxEvents = {
  change: [readonly Outgoing[]];
  /** Stored by the server: under this client id, as this sequence number. */
  accepted: [clientId: string, seq: number];
};

/**
 * The messages of one conversation on their way to the server, from all tabs of this browser. One is
 * in flight at a time, whichever tab sends it, so the order in which they were written is the order
 * in which they are stored; a retry has the same client id, so it is never stored twice.
 */
export class Outbox extends Emitter<OutboxEvents> {
  private waiting: readonly Outgoing[];
  /** Stored, and not yet seen in the conversation. */
  private sent: readonly Outgoing[] = [];
  /** Written in this tab. */
  private readonly own = new Set<string>();
  /** Sent by another tab, although the storage may still show them for a moment. */
  private readonly done = new Set<string>();
  private busy = false;
  private again = false;
  private closed = false;
  private readonly records: OutgoingRecords;
  private readonly timers: Timers;
  private readonly traces = new Map<string, { trace: Trace; sentMs: number }>();
  private readonly off: () => void;

  constructor(
    private readonly connection: Connection,
    private readonly tabs: Tabs,
    readonly conversationId: bigint,
    /** Names what is kept. */
    private readonly key: string,
  ) {
    super();
    this.timers = new Timers(connection.runtime);
    this.records = new OutgoingRecords(tabs, `${key}.`);
    this.waiting = this.kept();
    this.off = tabs.on((news) => this.heard(news));
  }

  /** What is on its way, first written first. */
  get list(): readonly Outgoing[] {
    return [...this.sent, ...this.waiting].sort((a, b) => a.order - b.order);
  }

  /** Queues a message. Throws a `ProblemError` ("outbox_full") when too many wait already. */
  push(body: Body, quoteSeq = 0, assist?: AssistTaken): Outgoing {
    const { runtime, limits } = this.connection;
    const waiting = this.kept();
    if (waiting.length >= limits.outboxSize) {
      throw new ProblemError('outbox_full', 'too many messages wait to be sent');
    }
    const last = Math.max(this.list.at(-1)?.order ?? 0, waiting.at(-1)?.order ?? 0);
    const item = newOutgoing(runtime, body, quoteSeq, last, assist);
    this.adopt([item]);
    return item;
  }

  /** Takes over what was written elsewhere, under the ids that it has: twice is once. */
  adopt(items: readonly Outgoing[]): void {
    for (const item of items) {
      this.own.add(item.clientId);
      this.records.put(item);
    }
    this.refresh();
    void this.flush();
  }

  /** A failed message goes to the end of the queue, under a new id: the old one may be taken. */
  retry(clientId: string): void {
    const failed = this.records
      .list()
      .find((item) => item.clientId === clientId && item.state === 'failed');
    if (!failed) return;
    this.records.remove(clientId);
    this.push(failed.body, failed.quoteSeq, failed.assist);
  }

  /** Gives a message up, or lets go of one that is shown elsewhere by now. */
  discard(clientId: string): void {
    this.records.remove(clientId);
    this.sent = this.sent.filter((item) => item.clientId !== clientId);
    this.own.delete(clientId);
    this.refresh();
  }

  /** Gives all of it up. */
  clear(): void {
    for (const { clientId } of this.records.list()) this.records.remove(clientId);
    this.sent = [];
    this.refresh();
  }

  /** Sends what waits, one after another, until it is empty, refused or cut. */
  async flush(): Promise<void> {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.again) {
        this.again = false;
        while (this.due() && (await this.sendNext())) this.again = false;
      }
    } finally {
      this.busy = false;
    }
  }

  close(): void {
    this.closed = true;
    this.timers.clearAll();
    this.off();
  }

  private sendNext(): Promise<boolean> {
    return this.tabs.exclusive(this.key, async () => {
      // Another tab may have sent it while this one waited.
      const item = this.due();
      return item !== undefined && (await this.sendOne(item));
    });
  }

  /** The first one that waits, if it may be sent now; looked up, because other tabs write too. */
  private due(): Outgoing | undefined {
    if (this.closed || this.connection.state !== 'open') return undefined;
    const item = this.kept().find(({ state }) => state === 'sending');
    if (!item) return undefined;
    const waitMs = this.waitMs(item);
    if (waitMs <= 0) return item;
    this.timers.set('retry', waitMs, () => void this.flush());
    return undefined;
  }

  /** How long that message is left alone. */
  private waitMs({ clientId, notBeforeMs, queuedAtMs }: Outgoing): number {
    const { limits, runtime } = this.connection;
    const within = (untilMs: number, mostMs: number) => {
      const waitMs = untilMs - runtime.now();
      // Longer than anything waits: the clock was set back.
      return waitMs > mostMs ? 0 : waitMs;
    };
    const theirs = this.own.has(clientId) ? 0 : within(queuedAtMs + limits.adoptMs, limits.adoptMs);
    return Math.max(theirs, within(notBeforeMs, limits.retryMaxMs));
  }

  /** False when nothing more should be tried now. */
  private async sendOne(item: Outgoing): Promise<boolean> {
    const { clientId, body, utcOffsetMinutes, assist } = item;
    const { conversationId } = this;
    const value = {
      conversationId,
      clientId,
      body,
      quoteSeq: BigInt(item.quoteSeq),
      utcOffsetMinutes,
      assist,
    };
    this.noteSending(clientId);
    try {
      const answer = await this.connection.request({ case: 'send', value });
      if (answer.case !== 'accepted') throw new ProblemError('bad_frame', 'not an answer to send');
      this.accept(item, Number(answer.value.seq));
      this.records.remove(clientId, Number(answer.value.seq));
      this.refresh();
      this.emit('accepted', clientId, Number(answer.value.seq));
      return true;
    } catch (error) {
      return this.refused(item, error);
    }
  }

  private accept(item: Outgoing, seq: number): void {
    const { diagnostics, runtime } = this.connection;
    const noted = this.traces.get(item.clientId);
    this.traces.delete(item.clientId);
    if (noted) {
      const tookMs = runtime.now() - noted.sentMs;
      const { clientId } = item;
      diagnostics.record(noted.trace, 'ack', { tookMs, clientId, ...this.where() });
      this.connection.acknowledged(noted.trace);
    }
    // What was shown in the conversation before its answer came is done with already.
    if (this.records.has(item.clientId)) this.keepSent(item, seq);
  }

  /** Where nobody watches the conversation, nobody takes them out. */
  private keepSent(item: Outgoing, seq: number): void {
    const { outboxSize } = this.connection.limits;
    this.sent = [...this.sent, { ...item, state: 'sent' as const, seq }].slice(-outboxSize);
  }

  private noteSending(clientId: string): void {
    const { diagnostics, runtime } = this.connection;
    const noted = this.traces.get(clientId);
    if (noted) diagnostics.record(noted.trace, 'resend', { clientId, ...this.where() });
    else this.traces.set(clientId, { trace: diagnostics.trace(), sentMs: runtime.now() });
  }

  private refused(item: Outgoing, error: unknown): boolean {
    const problem =
      error instanceof ProblemError ? error : new ProblemError('unknown', String(error));
    // Cut: the next connect flushes again, and that costs no try. Discarded meanwhile: so be it.
    if (problem.code === 'offline') return false;
    if (!this.records.has(item.clientId)) return true;
    const { diagnostics, limits, runtime } = this.connection;
    const noted = this.traces.get(item.clientId);
    const { clientId } = item;
    const more = { detail: problem.code, clientId, ...this.where() };
    if (noted) diagnostics.record(noted.trace, 'refused', more);
    const tries = item.tries + 1;
    if (problem.transient && tries < limits.sendTries) {
      const waitMs = Math.min(limits.retryMaxMs, Math.max(problem.retryAfterMs, limits.retryMs));
      this.records.put({ ...item, tries, notBeforeMs: runtime.now() + waitMs });
    } else {
      this.traces.delete(clientId);
      this.records.put({
        ...item,
        tries: 0,
        notBeforeMs: 0,
        state: 'failed',
        problem: problem.code,
      });
    }
    this.refresh();
    return true;
  }

  private where() {
    return { conversationId: String(this.conversationId), transport: this.connection.transport };
  }

  private heard({ key, sentSeq }: News): void {
    const clientId = this.records.idOf(key);
    if (clientId === undefined) return;
    const item = this.waiting.find((each) => each.clientId === clientId);
    if (sentSeq !== undefined) this.done.add(clientId);
    if (item && sentSeq !== undefined) this.keepSent(item, sentSeq);
    this.refresh();
    if (item && sentSeq !== undefined) this.emit('accepted', clientId, sentSeq);
    void this.flush();
  }

  private kept(): Outgoing[] {
    const kept = this.records.list();
    for (const clientId of this.done) {
      if (!kept.some((item) => item.clientId === clientId)) this.done.delete(clientId);
    }
    return kept.filter(({ clientId }) => !this.done.has(clientId));
  }

  private refresh(): void {
    this.waiting = this.kept();
    this.emit('change', this.list);
  }
}
