import type { ClientFrame, ServerFrame } from '../gen/frame.js';
import { downFrames, HttpCalls, HttpError, upBody, type DownFrames } from './http.js';
import type { Link, LinkEnd, LinkEvents, LinkTarget } from './transport.js';

/** A request that goes up is answered at once; a poll within 25 s. Milliseconds. */
const UP_MS = 10_000;
/** So much goes up at once at most: the server takes 64 KiB. */
const FRAMES_MAX = 32;
const BYTES_MAX = 48 * 1024;
/** A reader that fails is tried again so often, with what it has, before the link is given up. */
const READ_TRIES = 3;
const READ_PAUSE_MS = 400;
const SESSION_OVER = 1008;

/** How frames come down. */
export interface Reading {
  /**
   * Reads once, until the answer ends, and hands on what comes. Rejects when it could not read.
   * `after` is the number up to which all has arrived.
   */
  read(link: HttpLink, calls: HttpCalls): Promise<void>;
  /** Whether the first frames are taken from the answer that begins the connection. */
  readonly takesFirst: boolean;
}

/** One connection over HTTP: frames go up by POST, one after the other, and come down by reading. */
export class HttpLink implements Link {
  private readonly calls: HttpCalls;
  private readonly waiting: ClientFrame[] = [];
  private stream = '';
  private arrived = 0;
  private busy = false;
  private over = false;

  constructor(
    target: LinkTarget,
    private readonly events: LinkEvents,
    private readonly reading: Reading,
  ) {
    this.calls = new HttpCalls(target.server, target.token() ? 'omit' : 'same-origin');
    // There is nothing to open: the first frame begins the connection.
    queueMicrotask(() => this.over || events.opened());
  }

  /** Which connection, and up to which number all frames have arrived. */
  get query(): string {
    return `stream=${encodeURIComponent(this.stream)}&after=${this.arrived}`;
  }

  send(frame: ClientFrame): void {
    this.waiting.push(frame);
    void this.pump();
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.calls.abort();
    if (!this.stream) return;
    const path = `/stream?stream=${encodeURIComponent(this.stream)}`;
    // It would end by itself, later.
    this.calls.call('DELETE', path, undefined, UP_MS).catch(() => undefined);
  }

  /** Frames came down. Those that came before are passed over; false when some are missing. */
  take({ first, frames, closeCode }: Omit<DownFrames, 'stream'>): boolean {
    for (const [index, frame] of frames.entries()) {
      if (this.over) return true;
      const number = first + index;
      if (number <= this.arrived) continue;
      if (number > this.arrived + 1) return false;
      this.arrived = number;
      this.events.frame(frame);
    }
    if (closeCode > 0) this.ended(closeCode);
    return true;
  }

  takeOne(number: number, frame: ServerFrame): boolean {
    return this.take({ first: number, frames: [frame], closeCode: 0 });
  }

  /** The server ended the connection. */
  ended(code: number): void {
    this.end({ detail: `closed with ${code}`, sessionOver: code === SESSION_OVER });
  }

  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.waiting.length > 0 && !this.over) {
        const frames = this.nextFrames();
        if (this.stream) await this.post(frames);
        else await this.begin(frames);
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.busy = false;
    }
  }

  /** As many as may go at once. */
  private nextFrames(): ClientFrame[] {
    let count = Math.min(this.waiting.length, FRAMES_MAX);
    while (count > 1 && upBody(this.waiting.slice(0, count)).length > BYTES_MAX / 3) count -= 1;
    return this.waiting.splice(0, count);
  }

  private async begin(frames: readonly ClientFrame[]): Promise<void> {
    const path = '/stream?protocol=kefu.v1.json';
    const json = await this.calls.json('POST', path, upBody(frames), UP_MS);
    const down = downFrames(json);
    if (this.over) return;
    this.stream = down.stream;
    if (this.reading.takesFirst || down.closeCode > 0) this.take(down);
    if (!this.over) void this.keepReading();
  }

  private async post(frames: readonly ClientFrame[]): Promise<void> {
    await this.calls.call('POST', `/stream/frames?${this.query}`, upBody(frames), UP_MS);
  }

  private async keepReading(): Promise<void> {
    let failures = 0;
    while (!this.over) {
      const before = this.arrived;
      const beganMs = performance.now();
      try {
        await this.reading.read(this, this.calls);
        failures = 0;
      } catch (error) {
        failures = this.arrived > before ? 1 : failures + 1;
        // A refusal stays one; what did not get through may get through the next time.
        if (error instanceof HttpError || failures >= READ_TRIES) return this.fail(error);
      }
      // An answer that ends at once with nothing in it must not become a flood of questions.
      const idle = this.arrived === before && performance.now() - beganMs < READ_PAUSE_MS;
      const pauses = failures + (idle ? 1 : 0);
      if (pauses > 0) await pause(READ_PAUSE_MS * pauses);
    }
  }

  private fail(error: unknown): void {
    if (!(error instanceof HttpError)) return this.end({ detail: String(error) });
    const { status, retryAfterMs } = error;
    // Before there is a connection: a server, or something before it, that does not know this way.
    const unusable = !this.stream && retryAfterMs === 0 && status >= 400 && status !== 429;
    this.end({ detail: error.message, unusable, retryAfterMs });
  }

  private end(how: LinkEnd): void {
    if (this.over) return;
    this.over = true;
    this.calls.abort();
    this.events.closed(how);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
