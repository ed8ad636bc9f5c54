/**
 * Whether somebody can look at the page: it is in sight, and has the keyboard. Of the window that the
 * code runs in, unless another one is named.
 */
class Eyes {
  private visible = $state(false);
  private focused = $state(false);
  /** What is on the screen now counts as seen. */
  readonly here = $derived(this.visible && this.focused);
  private stop = () => {};

  constructor() {
    this.follow(window);
  }

  /** Looks through that window from now on. */
  follow(page: Window): void {
    this.stop();
    const { document } = page;
    const look = () => {
      this.visible = document.visibilityState === 'visible';
      this.focused = document.hasFocus();
    };
    // A window that loses the keyboard may still say, in that very event, that it has it.
    const blur = () => (this.focused = false);
    const over = new AbortController();
    const { signal } = over;
    document.addEventListener('visibilitychange', look, { signal });
    page.addEventListener('focus', look, { signal });
    page.addEventListener('blur', blur, { signal });
    this.stop = () => over.abort();
    look();
  }
}

export const eyes = new Eyes();
