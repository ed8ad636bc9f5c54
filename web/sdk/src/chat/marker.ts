import { Timers } from '../base/timers.js';
import type { Connection } from '../net/connection.js';

/** How far a device is in a conversation. */
export interface Reach {
  delivered: number;
  read: number;
}

/**
 * Tells the server how far this device is, and only what is news: what any device of the person has
 * marked already is not said again. What could not be said waits for the next connection.
 */
export class Marker {
  private wanted: Reach = { delivered: 0, read: 0 };
  private known: Reach = { delivered: 0, read: 0 };
  private readonly timers: Timers;
  private busy = false;
  private beginnings = 0;
  private readonly off: () => void;

  constructor(
    private readonly connection: Connection,
    private readonly conversationId: bigint,
    /** What sequence numbers belong to now; 0: unknown. */
    private readonly epoch: () => bigint = () => 0n,
  ) {
    this.timers = new Timers(connection.runtime);
    this.off = connection.on('welcome', () => this.later());
  }

  /** Everything up to `seq` has arrived. */
  delivered(seq: number): void {
    this.want({ delivered: seq, read: 0 });
  }

  /** Everything up to `seq` was on the screen while somebody could look. */
  read(seq: number): void {
    this.want({ delivered: seq, read: seq });
  }

  /** What the server says of this person. */
  learn(reach: Reach): void {
    this.known = larger(this.known, reach);
  }

  /** Sequence numbers begin again. */
  forget(): void {
    this.wanted = { delivered: 0, read: 0 };
    this.known = { delivered: 0, read: 0 };
    this.beginnings += 1;
  }

  close(): void {
    this.timers.clearAll();
    this.off();
  }

  private want(reach: Reach): void {
    this.wanted = larger(this.wanted, reach);
    this.later();
  }

  private get behind(): boolean {
    return this.wanted.delivered > this.known.delivered || this.wanted.read > this.known.read;
  }

  private later(): void {
    if (this.timers.has('say') || !this.behind) return;
    this.timers.set('say', this.connection.limits.markMs, () => void this.say());
  }

  private async say(): Promise<void> {
    if (this.busy || !this.behind || this.connection.state !== 'open') return;
    this.busy = true;
    const { delivered, read } = this.wanted;
    const { beginnings } = this;
    const value = {
      conversationId: this.conversationId,
      deliveredSeq: BigInt(delivered),
      readSeq: BigInt(read),
      epoch: this.epoch(),
    };
    try {
      await this.connection.request({ case: 'mark', value });
      if (beginnings === this.beginnings) this.learn({ delivered, read });
    } catch {
      // Another tab of this device was further, or the connection is gone: what is still wanted
      // then is said with the next news, or after the next welcome.
    } finally {
      this.busy = false;
    }
    const isNews = this.wanted.delivered > delivered || this.wanted.read > read;
    if (isNews || beginnings !== this.beginnings) this.later();
  }
}

/** The larger of each number. */
export function larger(one: Reach, two: Reach): Reach {
  return {
    delivered: Math.max(one.delivered, two.delivered),
    read: Math.max(one.read, two.read),
  };
}
