import type { Limits } from '../base/limits.js';

/** Beats that must be answered before the interval grows again. */
const GOOD_BEATS = 4;
const GROWTH = 1.25;

/**
 * How often a quiet connection is tried. The server names the longest interval that it bears; where
 * something on the way forgets quiet connections sooner, which shows as a silent death, the interval
 * is halved, and grows back while it goes well. It outlives the connection: the network stays the same.
 */
export class Heartbeat {
  private longestMs = 0;
  private shareOfLongest = 1;
  private goodBeats = 0;

  constructor(private readonly limits: Limits) {}

  /** Milliseconds of quiet after which the client pings. */
  get everyMs(): number {
    const least = Math.min(this.limits.heartbeatMinMs, this.longestMs);
    return Math.max(least, this.longestMs * this.shareOfLongest);
  }

  /** What the server said in its welcome, seconds. */
  welcomed(heartbeatS: number): void {
    this.longestMs = Math.max(1, heartbeatS) * 1000 * this.limits.heartbeatShare;
  }

  answered(): void {
    this.goodBeats += 1;
    if (this.goodBeats < GOOD_BEATS) return;
    this.goodBeats = 0;
    this.shareOfLongest = Math.min(1, this.shareOfLongest * GROWTH);
  }

  /** The connection was dead, and only the ping showed it. */
  diedQuietly(): void {
    this.goodBeats = 0;
    const least = Math.min(1, this.limits.heartbeatMinMs / Math.max(1, this.longestMs));
    this.shareOfLongest = Math.max(least, this.shareOfLongest / 2);
  }
}
