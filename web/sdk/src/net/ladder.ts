import type { Limits } from '../base/limits.js';
import type { Transport } from './transport.js';

/** One that has worked before is given so many times the tries: more likely the server is away. */
const PROVEN_PATIENCE = 3;

/**
 * Which transport to use: the best one that works. One that fails again and again before it is
 * welcomed, or soon after, gives way to the next; after the last the first one has its turn again.
 * While a fallback carries the session, the better ones are tried beside it, ever more rarely.
 */
export class Ladder {
  private readonly rungs: readonly Transport[];
  private at = 0;
  private failures = 0;
  private upgrades = 0;
  private readonly proven = new Set<Transport>();

  /** The transports from best to last; throws when none is available here. */
  constructor(
    transports: readonly Transport[],
    private readonly limits: Limits,
  ) {
    this.rungs = transports.filter((transport) => transport.available());
    if (this.rungs.length === 0) throw new Error('none of the transports is available here');
  }

  get current(): Transport {
    return this.rungs[this.at]!;
  }

  /** What is worth a try beside the current one. */
  get better(): Transport | undefined {
    return this.at > 0 ? this.rungs[0] : undefined;
  }

  /** Milliseconds until that try, before chance has its say. */
  get upgradeAfterMs(): number {
    const { upgradeBaseMs, upgradeMaxMs } = this.limits;
    return Math.min(upgradeMaxMs, upgradeBaseMs * 2 ** this.upgrades);
  }

  /** The current one was welcomed and has lived long enough to count as good. */
  good(): void {
    this.proven.add(this.current);
    this.failures = 0;
    if (this.at === 0) this.upgrades = 0;
  }

  /** The current one was not welcomed, or was cut at once. True when another one is next. */
  failed(unusable: boolean): boolean {
    this.failures += 1;
    const patience = this.proven.has(this.current) ? PROVEN_PATIENCE : 1;
    if (!unusable && this.failures < this.limits.fallbackTries * patience) return false;
    if (this.rungs.length === 1) return false;
    this.failures = 0;
    this.at = (this.at + 1) % this.rungs.length;
    return true;
  }

  /** The better one was tried beside the current one; it takes over when it was welcomed. */
  tried(transport: Transport, welcomed: boolean): void {
    this.upgrades += 1;
    if (!welcomed) return;
    this.at = this.rungs.indexOf(transport);
    this.failures = 0;
  }
}
