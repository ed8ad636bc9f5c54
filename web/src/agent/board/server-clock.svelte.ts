/** Times of the server that are remembered: what came slowly is outweighed by what came fast. */
const SEEN_MOST = 8;
/** No word travels that long: further apart, one of the two clocks was set. */
const SET_MS = 5_000;

/**
 * The server's clock, from the times in what it sends: waits begin by that clock, and the device's may be
 * minutes off. Every word is late by its way, so the one that says the latest is the nearest.
 */
export class ServerClock {
  /** How far it is ahead of the device's, milliseconds; negative where it is behind. */
  ahead = $state(0);
  private seen: number[] = [];

  /** The server said that it was `serverMs` when the device's clock was at `deviceMs`. */
  take(serverMs: number, deviceMs: number): void {
    const ahead = serverMs - deviceMs;
    const near = this.seen.filter((each) => Math.abs(each - ahead) <= SET_MS);
    this.seen = [...near, ahead].slice(-SEEN_MOST);
    this.ahead = Math.max(...this.seen);
  }

  /** What it says when the device's clock is at `deviceMs`. */
  at(deviceMs: number): number {
    return deviceMs + this.ahead;
  }
}
