import type { Runtime } from './runtime.js';

/** Timers by name: one of each at most, and all of them gone with one call. */
export class Timers {
  private readonly cancels = new Map<string, () => void>();

  constructor(private readonly runtime: Runtime) {}

  /** Starts the timer of that name anew. */
  set(name: string, ms: number, run: () => void): void {
    this.clear(name);
    const cancel = this.runtime.after(ms, () => {
      this.cancels.delete(name);
      run();
    });
    this.cancels.set(name, cancel);
  }

  has(name: string): boolean {
    return this.cancels.has(name);
  }

  clear(name: string): void {
    this.cancels.get(name)?.();
    this.cancels.delete(name);
  }

  clearAll(): void {
    for (const name of [...this.cancels.keys()]) this.clear(name);
  }
}
