/** The time of now, milliseconds, ticking for whatever shows a duration. */
class Ticker {
  now = $state(Date.now());

  constructor(everyMs: number) {
    setInterval(() => (this.now = Date.now()), everyMs);
  }
}

/** Fine enough for waiting times. */
export const clock = new Ticker(5_000);
