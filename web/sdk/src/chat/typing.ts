import type { Runtime } from '../base/runtime.js';

/** "Typing" is repeated this often while somebody types, milliseconds. */
const REPEAT_MS = 3_000;
/** And taken back after this long without a key. */
const IDLE_MS = 4_000;

/** Turns key presses into few "typing" frames. */
export class TypingSignal {
  private active = false;
  private lastMs = 0;
  private cancel = () => {};

  constructor(
    private readonly runtime: Runtime,
    private readonly tell: (active: boolean) => void,
  ) {}

  key(): void {
    const nowMs = this.runtime.now();
    if (!this.active || nowMs - this.lastMs > REPEAT_MS) {
      this.active = true;
      this.lastMs = nowMs;
      this.tell(true);
    }
    this.cancel();
    this.cancel = this.runtime.after(IDLE_MS, () => this.stop());
  }

  stop(): void {
    this.cancel();
    if (!this.active) return;
    this.active = false;
    this.tell(false);
  }
}
