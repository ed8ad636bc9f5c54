import type { Runtime } from '@kefu/sdk';
import type { Dice } from '../support/seeds';

interface Timer {
  atMs: number;
  order: number;
  run: () => void;
}

/** Time that passes only when somebody lets it; what is due at the same time runs in order. */
export class Clock {
  nowMs = 1_700_000_000_000;
  private timers: Timer[] = [];
  private order = 0;

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.nowMs + Math.max(0, ms), order: this.order++, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  /** Lets time pass until that moment, and everything that follows from it happen. */
  async runUntil(untilMs: number, done: () => boolean = () => false): Promise<void> {
    await settled();
    while (!done()) {
      const next = this.next();
      if (!next || next.atMs > untilMs) break;
      this.timers.splice(this.timers.indexOf(next), 1);
      this.nowMs = next.atMs;
      next.run();
      await settled();
    }
    if (!done()) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  private next(): Timer | undefined {
    let first = this.timers[0];
    for (const timer of this.timers) {
      const sooner = timer.atMs - first!.atMs || timer.order - first!.order;
      if (sooner < 0) first = timer;
    }
    return first;
  }
}

/** All promises that can go on have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What one tab is given: its timers stop when it dies. */
export class TabRuntime implements Runtime {
  private dead = false;

  constructor(
    private readonly clock: Clock,
    private readonly dice: Dice,
    private readonly name: string,
  ) {}

  private ids = 0;

  now = () => this.clock.nowMs;
  random = () => this.dice.random();
  id = () => `${this.name}-${(this.ids += 1)}`;

  after = (ms: number, run: () => void) => this.clock.after(ms, () => this.dead || run());

  die(): void {
    this.dead = true;
  }
}
