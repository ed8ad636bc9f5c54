/** "Typing" is repeated this often while somebody types, milliseconds. */
const REPEAT_MS = 3_000;
/** And taken back after this long without a key. */
const IDLE_MS = 4_000;

/** Turns key presses into few "typing" frames. */
export class TypingSignal {
  private active = false;
  private lastMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (active: boolean) => void) {}

  key(): void {
    const nowMs = Date.now();
    if (!this.active || nowMs - this.lastMs > REPEAT_MS) {
      this.active = true;
      this.lastMs = nowMs;
      this.tell(true);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), IDLE_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    if (!this.active) return;
    this.active = false;
    this.tell(false);
  }
}
