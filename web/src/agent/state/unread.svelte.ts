import { SvelteMap } from 'svelte/reactivity';
import { Sender, type Conversation, type Cursor } from '@kefu/sdk/proto/message';
import type { ChatClient } from '@kefu/sdk';

/** What changes in quick succession is asked for once, milliseconds. */
const ASK_AFTER_MS = 200;
/** Conversations of one answer that are looked at. */
const LISTED_MAX = 2_000;

interface Count {
  unread: number;
  /** Up to where this agent has read, with whatever device. */
  read: number;
}

/**
 * How much of each conversation this agent has not read. The server counts; what is told by cursors
 * and heads only says when to ask again, so two tabs and two devices show the same.
 */
export class Unread {
  private readonly counts = new SvelteMap<bigint, Count>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking = false;
  private again = false;

  constructor(
    private readonly client: ChatClient,
    private readonly me: bigint,
    private readonly head: (id: bigint) => Conversation | undefined,
  ) {
    client.on('cursor', (cursor) => this.moved(cursor));
    client.on('workspace', () => this.ask());
  }

  /** Messages of others that were not read. */
  of(conversation: Conversation): number {
    return this.counts.get(conversation.id)?.unread ?? 0;
  }

  /** Whether this agent has ever read in it. */
  isNew(conversation: Conversation): boolean {
    return (this.counts.get(conversation.id)?.read ?? 0) === 0;
  }

  /** A head changed. */
  follow(before: Conversation | undefined, after: Conversation): void {
    const spoke = after.lastSeq !== before?.lastSeq;
    const owner = after.agentId !== before?.agentId;
    if ((spoke || owner) && (after.agentId === this.me || this.counts.has(after.id))) this.ask();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private moved({ who, whoId, conversationId, readSeq }: Cursor): void {
    if (who !== Sender.AGENT || whoId !== this.me) return;
    const read = Number(readSeq);
    const known = this.counts.get(conversationId);
    if (known && known.read >= read) return;
    const end = Number(this.head(conversationId)?.lastSeq ?? Infinity);
    // To the end: nothing is unread, whatever it is. Otherwise somebody must count.
    this.counts.set(conversationId, { read, unread: read >= end ? 0 : (known?.unread ?? 0) });
    if (read < end) this.ask();
  }

  private ask(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.count(), ASK_AFTER_MS);
  }

  private async count(): Promise<void> {
    this.timer = undefined;
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    try {
      await this.read();
    } catch {
      // Cut or overloaded: the next snapshot, head or cursor asks again.
    } finally {
      this.asking = false;
      if (this.again) this.ask();
      this.again = false;
    }
  }

  private async read(): Promise<void> {
    const listed = new Set<bigint>();
    for await (const { conversation, readSeq, unread } of this.client.missed()) {
      if (!conversation) continue;
      listed.add(conversation.id);
      const read = Number(readSeq);
      const known = this.counts.get(conversation.id);
      // A cursor may have overtaken the answer.
      if (!known || known.read <= read) this.counts.set(conversation.id, { read, unread });
      if (listed.size >= LISTED_MAX) return;
    }
    // What is read to the end is not listed, unless it is one's own.
    for (const [id, { read }] of this.counts) {
      if (!listed.has(id)) this.counts.set(id, { read, unread: 0 });
    }
  }
}
