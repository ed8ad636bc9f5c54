import type { Limits } from '../base/limits.js';

/** Beats that must be answered before a longer silence is tried. */
const GOOD_BEATS = 4;
const GROWTH = 1.25;
/** Of a silence that killed a connection: the longest that is tried after it. */
const BELOW_DEATH = 0.8;
/** Answered beats at that bound after which the network may have become another. */
const FORGIVING_BEATS = 40;

/**
 * How often a quiet connection is tried. It begins with what the server wants of everybody, grows
 * towards the longest silence that the server grants while beats are answered, and is halved where
 * something on the way forgets quiet connections sooner, which shows as a silent death; from then on
 * it stays below the silence that was deadly. It outlives the connection: the network stays the same.
 */
export class Heartbeat {
  private baseMs = 0;
  private longestMs = 0;
  private currentMs = 0;
  private deadlyMs = Infinity;
  private goodBeats = 0;

  constructor(private readonly limits: Limits) {}

  /** Milliseconds of quiet after which the client pings. */
  get everyMs(): number {
    return this.currentMs;
  }

  /** For how many seconds a ping asks leave to be silent: enough for the interval after the next. */
  get silentS(): number {
    const nextMs = Math.min(this.currentMs * GROWTH, this.longestMs);
    return Math.ceil(nextMs / this.limits.heartbeatShare / 1000);
  }

  /** What the server said in its welcome, seconds. */
  welcomed(heartbeatS: number, heartbeatMaxS: number): void {
    this.baseMs = this.share(Math.max(1, heartbeatS));
    this.longestMs = Math.max(this.baseMs, this.share(heartbeatMaxS));
    this.currentMs = this.within(this.currentMs || this.baseMs);
  }

  /** A ping was answered; so many seconds of silence are granted until the next. */
  answered(grantedS: number): void {
    if (grantedS > 0) this.longestMs = Math.min(this.longestMs, this.grantable(grantedS));
    this.goodBeats += 1;
    const patience = this.currentMs < this.boundMs ? GOOD_BEATS : FORGIVING_BEATS;
    if (this.goodBeats >= patience) {
      this.goodBeats = 0;
      if (patience === FORGIVING_BEATS) this.deadlyMs = Infinity;
      this.currentMs *= GROWTH;
    }
    this.currentMs = this.within(this.currentMs);
  }

  /** The connection was dead, and only the ping showed it. */
  diedQuietly(): void {
    this.goodBeats = 0;
    this.deadlyMs = Math.min(this.deadlyMs, this.currentMs);
    this.currentMs = this.within(this.currentMs / 2);
  }

  private share(seconds: number): number {
    return seconds * 1000 * this.limits.heartbeatShare;
  }

  /** A server that grants less than was asked means it for longer silences, too. */
  private grantable(grantedS: number): number {
    return grantedS < this.silentS ? Math.max(this.share(grantedS), 1) : Infinity;
  }

  private get boundMs(): number {
    return Math.min(this.longestMs, this.deadlyMs * BELOW_DEATH);
  }

  /** Never faster than the least, unless the server asks for it. */
  private within(ms: number): number {
    const leastMs = Math.min(this.limits.heartbeatMinMs, this.baseMs);
    return Math.min(Math.max(leastMs, Math.min(ms, this.boundMs)), this.longestMs);
  }
}
