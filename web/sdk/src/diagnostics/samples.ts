/** Times of one kind, milliseconds. The percentiles are of the newest ones that are kept. */
export interface Summary {
  readonly count: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
}

/** A bounded memory of times. */
export class Samples {
  private readonly newest: number[] = [];
  private count = 0;
  private min = Infinity;
  private max = -Infinity;

  constructor(private readonly size: number) {}

  add(ms: number): void {
    this.count += 1;
    this.min = Math.min(this.min, ms);
    this.max = Math.max(this.max, ms);
    this.newest.push(ms);
    if (this.newest.length > this.size) this.newest.shift();
  }

  summary(): Summary {
    const sorted = [...this.newest].sort((a, b) => a - b);
    // The smallest one that so many are not above (nearest rank).
    const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    const { count, min, max } = this;
    return { count, last: this.newest.at(-1) ?? 0, min, max, p50: rank(0.5), p95: rank(0.95) };
  }
}
