import { Backoff } from '../base/backoff.js';
import { Emitter } from '../base/emitter.js';
import type { Limits } from '../base/limits.js';
import { ProblemError } from '../base/problem.js';
import type { Runtime } from '../base/runtime.js';
import { Timers } from '../base/timers.js';
import type { Diagnostics, Trace } from '../diagnostics/diagnostics.js';
import type { Welcome } from '../gen/frame.js';
import { Heartbeat } from './heartbeat.js';
import { Ladder } from './ladder.js';
import { Line, type ClientBody, type LineEnd, type LineEvents } from './line.js';
import type { ServerBody } from './requests.js';
import type { LinkTarget, Transport } from './transport.js';

/** `idle`: not started or stopped. `waiting`: cut, will try again. `ended`: the session is gone. */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'waiting' | 'ended';

export interface ConnectionOptions {
  readonly target: LinkTarget;
  /** "zh" or "en", asked anew at every connect. */
  readonly language: () => string;
  /** From best to last. */
  readonly transports: readonly Transport[];
  readonly limits: Limits;
  readonly runtime: Runtime;
  readonly diagnostics: Diagnostics;
}

type ConnectionEvents = {
  state: [ConnectionState];
  /** At every connect, and when another transport took over. */
  welcome: [Welcome];
  /** Every frame after `welcome` that is not a problem, answers to requests among them. */
  frame: [ServerBody];
  /** A problem that answers no request: the server gave something up by itself. */
  problem: [ProblemError];
};

/**
 * One session that comes back by itself, over whichever transport works. It knows nothing of
 * conversations; whatever was asked over a line that broke fails with the code `offline`.
 */
export class Connection extends Emitter<ConnectionEvents> {
  readonly limits: Limits;
  readonly runtime: Runtime;
  readonly diagnostics: Diagnostics;
  readonly heartbeat: Heartbeat;
  private readonly backoff: Backoff;
  private readonly ladder: Ladder;
  private readonly timers: Timers;
  private current: ConnectionState = 'idle';
  private line: Line | undefined;
  /** A better transport that is tried beside the line. */
  private candidate: Line | undefined;
  private trace: Trace;
  private cutMs = 0;
  private startedMs = 0;
  private acked = false;

  constructor(private readonly options: ConnectionOptions) {
    super();
    const { limits, runtime, diagnostics } = options;
    this.limits = limits;
    this.runtime = runtime;
    this.diagnostics = diagnostics;
    this.heartbeat = new Heartbeat(limits);
    this.ladder = new Ladder(options.transports, limits);
    this.timers = new Timers(runtime);
    this.trace = diagnostics.trace();
    this.backoff = new Backoff(limits.backoffBaseMs, limits.backoffMaxMs, () => runtime.random());
  }

  get state(): ConnectionState {
    return this.current;
  }

  /** The name of the transport in use, or of the one that is tried next. */
  get transport(): string {
    return (this.line?.transport ?? this.ladder.current).name;
  }

  /** Connects, unless it is already connected or about to be. */
  start(): void {
    if (this.current === 'connecting' || this.current === 'open') return;
    this.connect();
  }

  /** Hangs up and stays down until `start`. */
  stop(): void {
    this.drop();
    this.become('idle');
  }

  /** Hangs up and connects again at once, with the token and language of now. */
  restart(): void {
    if (this.current === 'idle' || this.current === 'ended') return;
    this.drop();
    this.connect();
  }

  /** The network or the page came back: try at once, or make sure that the line still lives. */
  nudge(): void {
    if (this.current === 'waiting') this.connect();
    else if (this.current === 'open') this.line?.ping();
  }

  /** Sends a frame that wants no answer. Silently lost when there is no connection. */
  tell(body: ClientBody): void {
    if (this.current === 'open') this.line?.tell(body);
  }

  /** Sends a frame and waits for its answer. Rejects with a `ProblemError`. */
  request(body: ClientBody): Promise<ServerBody> {
    if (this.current !== 'open' || !this.line) {
      return Promise.reject(new ProblemError('offline', 'no connection'));
    }
    return this.line.ask(body, this.limits.replyMs);
  }

  /** A message was acknowledged; the first one is worth an event of its own. */
  acknowledged(trace: Trace): void {
    if (this.acked) return;
    this.acked = true;
    const tookMs = this.runtime.now() - this.startedMs;
    this.diagnostics.record(trace, 'first_ack', { tookMs, transport: this.transport });
  }

  private connect(): void {
    this.startedMs ||= this.runtime.now();
    this.drop();
    this.become('connecting');
    this.trace = this.diagnostics.trace();
    const line = this.lineOver(this.ladder.current, {
      welcome: (welcome) => this.welcomed(line, welcome),
      end: (end) => this.lost(line, end),
    });
    this.line = line;
  }

  private lineOver(transport: Transport, events: Pick<LineEvents, 'welcome' | 'end'>): Line {
    const { limits, runtime, heartbeat } = this;
    const { target, language } = this.options;
    const { token, deviceId } = target;
    const hello = () => ({ token: token(), language: language(), deviceId });
    const line: Line = new Line(
      { transport, target, hello, runtime, limits, heartbeat },
      {
        ...events,
        // Frames of a line that has been replaced are nobody's business any more.
        frame: (body) => line === this.line && this.emit('frame', body),
        problem: (problem) => line === this.line && this.emit('problem', problem),
      },
    );
    return line;
  }

  private welcomed(line: Line, welcome: Welcome): void {
    const { trace, cutMs, diagnostics } = this;
    const nowMs = this.runtime.now();
    const transport = line.transport.name;
    diagnostics.record(trace, 'connect', { tookMs: nowMs - line.openedMs, transport });
    if (cutMs > 0) diagnostics.record(trace, 'reconnect', { tookMs: nowMs - cutMs, transport });
    this.cutMs = 0;
    this.timers.set('stable', this.limits.stableMs, () => this.settled());
    this.upgradeLater();
    this.become('open');
    this.emit('welcome', welcome);
  }

  private settled(): void {
    this.backoff.reset();
    this.ladder.good();
  }

  private lost(line: Line, end: LineEnd): void {
    const { diagnostics, trace } = this;
    const welcomed = line.welcomedMs > 0;
    const nowMs = this.runtime.now();
    const more = { transport: line.transport.name, detail: end.detail };
    if (end.quiet) diagnostics.record(trace, 'quiet_death', more);
    if (welcomed) diagnostics.record(trace, 'cut', { ...more, tookMs: nowMs - line.welcomedMs });
    else diagnostics.record(trace, 'connect_failed', { ...more, tookMs: nowMs - line.openedMs });
    const brief = !this.settledFor(line, nowMs);
    this.drop();
    if (end.sessionOver) {
      diagnostics.record(trace, 'session_over', more);
      this.become('ended');
      return;
    }
    if (welcomed) this.cutMs = nowMs;
    // A server that asks to come back later is no fault of the transport.
    const blamed = brief && end.reconnectAfterMs === 0;
    if (blamed && this.ladder.failed(end.unusable === true)) {
      diagnostics.record(trace, 'fallback', { transport: this.ladder.current.name });
    }
    this.reconnectAfter(end.reconnectAfterMs);
  }

  private settledFor(line: Line, nowMs: number): boolean {
    return line.welcomedMs > 0 && nowMs - line.welcomedMs >= this.limits.stableMs;
  }

  private reconnectAfter(askedMs: number): void {
    this.become('waiting');
    const waitMs = Math.max(askedMs, this.backoff.next(), this.limits.reconnectMinMs);
    this.timers.set('reconnect', waitMs, () => this.connect());
  }

  private upgradeLater(): void {
    if (!this.ladder.better) return;
    const waitMs = this.ladder.upgradeAfterMs * (0.75 + this.runtime.random() / 2);
    this.timers.set('upgrade', waitMs, () => this.tryBetter());
  }

  /** Opens a better transport beside the line, and changes over when it was welcomed. */
  private tryBetter(): void {
    const { better } = this.ladder;
    if (!better || this.current !== 'open') return;
    const line = this.lineOver(better, {
      welcome: (welcome) => (line === this.line ? undefined : this.changeOver(line, welcome)),
      end: (end) => {
        if (line === this.line) this.lost(line, end);
        else this.stay(line);
      },
    });
    this.candidate = line;
  }

  private stay(line: Line): void {
    this.candidate = undefined;
    this.ladder.tried(line.transport, false);
    this.upgradeLater();
  }

  private changeOver(line: Line, welcome: Welcome): void {
    const { line: before } = this;
    this.candidate = undefined;
    this.ladder.tried(line.transport, true);
    this.line = line;
    before?.close();
    this.diagnostics.record(this.trace, 'upgrade', { transport: line.transport.name });
    this.welcomed(line, welcome);
  }

  /** Lets go of the lines; everything that waited on them fails as `offline`. */
  private drop(): void {
    this.timers.clearAll();
    const { line, candidate } = this;
    this.line = undefined;
    this.candidate = undefined;
    line?.close();
    candidate?.close();
  }

  private become(state: ConnectionState): void {
    if (this.current === state) return;
    this.current = state;
    this.emit('state', state);
  }
}
