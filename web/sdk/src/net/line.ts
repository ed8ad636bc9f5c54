import type { Limits } from '../base/limits.js';
import { ProblemError } from '../base/problem.js';
import type { Runtime } from '../base/runtime.js';
import { Timers } from '../base/timers.js';
import {
  ClientFrameSchema,
  type ClientFrame,
  type Goodbye,
  type ServerFrame,
  type Welcome,
} from '../gen/frame.js';
import { create, type Init } from '../proto/index.js';
import type { Heartbeat } from './heartbeat.js';
import { Requests, type ServerBody } from './requests.js';
import type { Link, LinkEnd, LinkTarget, Transport } from './transport.js';

/** What goes up: `{ case, value }`, with only what is to be said. */
export type ClientBody = Extract<Init<ClientFrame['body']>, { case: string }>;

/** How a line ended. */
export interface LineEnd extends LinkEnd {
  /** The server's wish, milliseconds: do not come back sooner. */
  readonly reconnectAfterMs: number;
  /** Only a ping showed that it was dead. */
  readonly quiet: boolean;
}

export interface LineEvents {
  welcome(welcome: Welcome): void;
  /** Every frame after `welcome` that is not a problem, answers to requests among them. */
  frame(body: ServerBody): void;
  /** A problem that answers no request. */
  problem(problem: ProblemError): void;
  /** Told once, and not after `close`. */
  end(end: LineEnd): void;
}

export interface LineOptions {
  readonly transport: Transport;
  readonly target: LinkTarget;
  /** Asked when the link has opened. */
  readonly hello: () => { token: string; language: string; deviceId: string };
  readonly runtime: Runtime;
  readonly limits: Limits;
  readonly heartbeat: Heartbeat;
}

/** One link from its opening to its end: hello, welcome, questions and answers, heartbeat, goodbye. */
export class Line {
  readonly transport: Transport;
  /** When it was opened, and when it was welcomed (0: not yet). */
  readonly openedMs: number;
  welcomedMs = 0;
  private readonly link: Link;
  private readonly requests: Requests;
  private readonly timers: Timers;
  private reconnectAfterMs = 0;
  private sessionOver = false;
  private lastHeardMs = 0;
  private lastSentMs = 0;
  private over = false;

  constructor(
    private readonly options: LineOptions,
    private readonly events: LineEvents,
  ) {
    const { runtime, limits, transport, target } = options;
    this.transport = transport;
    this.openedMs = runtime.now();
    this.requests = new Requests(runtime);
    this.timers = new Timers(runtime);
    this.timers.set('connect', limits.connectMs, () => this.giveUp('no welcome in time', false));
    this.link = transport.open(target, {
      opened: () => this.over || this.hello(),
      frame: (frame) => this.over || this.receive(frame),
      closed: (how) => this.ended(how, false),
    });
  }

  /** Sends a frame that wants no answer. */
  tell(body: ClientBody): void {
    this.write(0n, body);
  }

  /** Sends a frame and waits for its answer. Rejects with a `ProblemError`. */
  ask(body: ClientBody, timeoutMs: number): Promise<ServerBody> {
    const ref = this.requests.nextRef();
    const answer = this.requests.wait(ref, timeoutMs);
    this.write(ref, body);
    return answer;
  }

  /** Makes sure that it still lives. */
  ping(): void {
    const { runtime, limits, heartbeat } = this.options;
    const askedMs = runtime.now();
    const { silentS } = heartbeat;
    this.ask({ case: 'ping', value: { silentS } }, limits.pongMs).then(
      (answer) => heartbeat.answered(answer.case === 'pong' ? answer.value.heartbeatS : 0),
      (error: ProblemError) => {
        // Any frame after the ping is a sign of life, not only the pong.
        const silent = error.code === 'timeout' && this.lastHeardMs < askedMs;
        if (silent) this.giveUp('no answer to a ping', true);
      },
    );
  }

  /** Lets go of the link without a word to the events; what was asked over it fails as `offline`. */
  close(code = 1000): void {
    if (this.over) return;
    this.finish();
    this.link.close(code);
  }

  private hello(): void {
    // The answer is `welcome` or `goodbye`; both are read by `receive`, ref or no ref.
    this.write(this.requests.nextRef(), { case: 'hello', value: this.options.hello() });
  }

  private write(ref: bigint, body: ClientBody): void {
    if (this.over) return;
    this.lastSentMs = this.options.runtime.now();
    this.link.send(create(ClientFrameSchema, { ref, body }));
  }

  private receive({ ref, body }: ServerFrame): void {
    this.lastHeardMs = this.options.runtime.now();
    if (body.case === 'welcome') return this.welcomed(body.value);
    if (body.case === 'goodbye') return this.dismissed(body.value);
    // Listeners see an answer before the frame that follows it, even where two frames arrive in
    // one turn of the event loop; promises alone would be late.
    if (body.case !== 'problem') this.events.frame(body);
    const problem = this.requests.settle(ref, body);
    if (problem && ref === 0n) this.events.problem(problem);
  }

  private welcomed(welcome: Welcome): void {
    this.timers.clear('connect');
    this.welcomedMs = this.lastHeardMs;
    this.options.heartbeat.welcomed(welcome.heartbeatS, welcome.heartbeatMaxS);
    this.beatLater();
    this.events.welcome(welcome);
  }

  private dismissed({ problem, reconnectAfterMs }: Goodbye): void {
    this.reconnectAfterMs = Math.max(reconnectAfterMs, problem?.retryAfterMs ?? 0);
    this.sessionOver = problem?.code === 'unauthenticated' || problem?.code === 'logged_out';
    // Who ended it is nothing that the next answer says.
    if (problem?.code === 'logged_out') {
      this.events.problem(new ProblemError(problem.code, problem.message));
    }
    if (this.sessionOver) this.giveUp('the session is over', false);
  }

  /** Whoever speaks and hears needs no ping: it is due after so long without the one or the other. */
  private beatLater(): void {
    const { runtime, heartbeat } = this.options;
    const dueMs = () =>
      Math.min(this.lastHeardMs, this.lastSentMs) + heartbeat.everyMs - runtime.now();
    const beat = () => {
      if (dueMs() > 0) return this.beatLater();
      this.ping();
      // What becomes of this ping is known by then.
      this.timers.set('beat', heartbeat.everyMs, beat);
    };
    this.timers.set('beat', dueMs(), beat);
  }

  private giveUp(detail: string, quiet: boolean): void {
    if (this.over) return;
    if (quiet) this.options.heartbeat.diedQuietly();
    this.link.close(4000);
    this.ended({ detail }, quiet);
  }

  private ended(how: LinkEnd, quiet: boolean): void {
    if (this.over) return;
    this.finish();
    const reconnectAfterMs = Math.max(this.reconnectAfterMs, how.retryAfterMs ?? 0);
    const sessionOver = this.sessionOver || how.sessionOver === true;
    this.events.end({ ...how, sessionOver, quiet, reconnectAfterMs });
  }

  private finish(): void {
    this.over = true;
    this.timers.clearAll();
    this.requests.failAll(new ProblemError('offline', 'the connection was cut'));
  }
}
