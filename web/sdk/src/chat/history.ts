import type { Message } from '../gen/message.js';
import type { Rest } from '../net/rest.js';

/** On the way to an older message the pages are larger, and no more than this many. */
const REACH_PAGE = 100;
const REACH_PAGES_MAX = 50;

/** Older messages, page by page, backwards from where a conversation was opened. */
export class History {
  private loading: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly rest: Rest,
    private readonly conversationId: bigint,
    /** The sequence below which the next page ends. */
    private readonly start: () => number,
    /** What sequence numbers belong to; 0: unknown. */
    private readonly epoch: () => bigint,
    private readonly found: (older: Message[]) => void,
    private readonly busy: (loading: boolean) => void,
  ) {}

  get isLoading(): boolean {
    return this.loading !== undefined;
  }

  /** Loads one page. Rejects with a `ProblemError`. */
  load(limit: number): Promise<void> {
    this.loading ??= this.fetch(limit).finally(() => {
      this.loading = undefined;
      this.busy(false);
    });
    return this.loading;
  }

  /** Loads until this message is there. False when it is too far back. Rejects with a `ProblemError`. */
  async reach(seq: number): Promise<boolean> {
    for (let pages = 0; this.start() > seq; pages += 1) {
      if (pages === REACH_PAGES_MAX || this.closed) return this.closed;
      await this.load(REACH_PAGE);
    }
    return true;
  }

  close(): void {
    this.closed = true;
  }

  private async fetch(limit: number): Promise<void> {
    this.busy(true);
    const before = this.start();
    const page = await this.rest.messagesBefore(this.conversationId, before, limit);
    // A page of another epoch is not of this history.
    const foreign = this.epoch() !== 0n && page.epoch !== this.epoch();
    if (this.closed || foreign) return;
    this.found(page.messages.filter((message) => Number(message.seq) < before));
  }
}
