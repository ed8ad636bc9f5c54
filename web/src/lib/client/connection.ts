import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  ClientFrameSchema,
  type Goodbye,
  type ServerFrame,
  type Welcome,
} from '../../gen/kefu/v1/frame_pb';
import { Backoff } from './backoff';
import { CODECS, type Codec, type CodecName } from './codec';
import { Emitter } from './emitter';
import { DEFAULT_LIMITS, type Limits } from './limits';
import { ProblemError } from './problem';

/** `idle`: not started or stopped. `waiting`: cut, will try again. `ended`: the session is gone. */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'waiting' | 'ended';

/** What goes up, in protobuf-es's short form: `{ case, value }`. */
export type ClientBody = NonNullable<MessageInitShape<typeof ClientFrameSchema>['body']>;
export type ServerBody = ServerFrame['body'];

export interface ConnectionOptions {
  /** Address of the WebSocket. */
  url: string;
  /** Asked anew at every connect. Empty when a cookie carries the session. */
  token: () => string;
  /** "zh" or "en", asked anew at every connect. */
  language: () => string;
  /** Which of the person's devices this is; none: one for each session. */
  deviceId?: string;
  codec?: CodecName;
  limits?: Partial<Limits>;
  random?: () => number;
  WebSocket?: typeof WebSocket;
}

type ConnectionEvents = {
  state: [ConnectionState];
  welcome: [Welcome];
  /** Every frame after `welcome` that is not a problem, answers to requests among them. */
  frame: [ServerBody];
  /** A problem that answers no request: the server gave something up by itself. */
  problem: [ProblemError];
};

interface Pending {
  resolve(body: ServerBody): void;
  reject(error: ProblemError): void;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * One socket that comes back by itself: hello, heartbeat, reconnect with backoff. It knows nothing
 * of conversations; whatever was asked over a socket that broke fails with the code `offline`.
 */
export class Connection extends Emitter<ConnectionEvents> {
  readonly limits: Limits;
  private readonly codec: Codec;
  private readonly backoff: Backoff;
  private socket: WebSocket | undefined;
  private current: ConnectionState = 'idle';
  private readonly pending = new Map<bigint, Pending>();
  private lastRef = 0n;
  private lastHeardMs = 0;
  private reconnectAfterMs = 0;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly options: ConnectionOptions) {
    super();
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.codec = CODECS[options.codec ?? 'proto'];
    this.backoff = new Backoff(
      this.limits.backoffBaseMs,
      this.limits.backoffMaxMs,
      options.random ?? Math.random,
    );
  }

  get state(): ConnectionState {
    return this.current;
  }

  /** Connects, unless it is already connected or about to be. */
  start(): void {
    if (this.current === 'connecting' || this.current === 'open') return;
    this.connect();
  }

  /** Hangs up and stays down until `start`. */
  stop(): void {
    this.drop(1000);
    this.become('idle');
  }

  /** Hangs up and connects again at once, with the token and language of now. */
  restart(): void {
    if (this.current === 'idle' || this.current === 'ended') return;
    this.drop(1000);
    this.connect();
  }

  /** The network or the page came back: try at once, or make sure that the socket still lives. */
  nudge(): void {
    if (this.current === 'waiting') this.connect();
    else if (this.current === 'open') this.ping();
  }

  /** Sends a frame that wants no answer. Silently lost when there is no connection. */
  tell(body: ClientBody): void {
    if (this.current === 'open') this.write(0n, body);
  }

  /** Sends a frame and waits for its answer. Rejects with a `ProblemError`. */
  request(body: ClientBody): Promise<ServerBody> {
    if (this.current !== 'open') {
      return Promise.reject(new ProblemError('offline', 'no connection'));
    }
    return this.ask(body);
  }

  private ask(body: ClientBody, timeoutMs = this.limits.replyMs): Promise<ServerBody> {
    const ref = ++this.lastRef;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(ref);
        reject(new ProblemError('timeout', 'no answer in time'));
      }, timeoutMs);
      this.pending.set(ref, { resolve, reject, timer });
      this.write(ref, body);
    });
  }

  private write(ref: bigint, body: ClientBody): void {
    this.socket?.send(this.codec.encode(create(ClientFrameSchema, { ref, body })));
  }

  private connect(): void {
    this.clearTimers();
    this.become('connecting');
    const WebSocketClass = this.options.WebSocket ?? WebSocket;
    const socket = new WebSocketClass(this.options.url, [this.codec.subprotocol]);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.reconnectAfterMs = 0;
    // Events of a socket that has been replaced are nobody's business any more.
    const mine = (handler: () => void) => () => this.socket === socket && handler();
    socket.onopen = mine(() => this.hello());
    socket.onclose = (event) => this.socket === socket && this.lost(event.code);
    socket.onmessage = (event) => this.socket === socket && this.receive(event.data);
    this.after('connect', this.limits.connectMs, () => this.hangUp());
  }

  private hello(): void {
    const { token, language, deviceId } = this.options;
    const value = { token: token(), language: language(), deviceId };
    // The answer is `welcome` or `goodbye`; both are read by `receive`, ref or no ref.
    this.write(++this.lastRef, { case: 'hello', value });
  }

  private receive(data: unknown): void {
    this.lastHeardMs = Date.now();
    let frame: ServerFrame;
    try {
      frame = this.codec.decode(data);
    } catch {
      this.hangUp();
      return;
    }
    const { ref, body } = frame;
    if (body.case === 'welcome') return this.welcomed(body.value);
    if (body.case === 'goodbye') return this.dismissed(body.value);
    // Listeners see an answer before the frame that follows it, even where two frames arrive in
    // one turn of the event loop; promises alone would be late.
    if (body.case !== 'problem') this.emit('frame', body);
    this.settle(ref, body);
  }

  private settle(ref: bigint, body: ServerBody): void {
    const waiter = this.pending.get(ref);
    this.pending.delete(ref);
    clearTimeout(waiter?.timer);
    if (body.case !== 'problem') {
      waiter?.resolve(body);
      return;
    }
    const { code, message, retryAfterMs } = body.value;
    const problem = new ProblemError(code, message, retryAfterMs);
    if (waiter) waiter.reject(problem);
    else if (ref === 0n) this.emit('problem', problem);
  }

  private welcomed(welcome: Welcome): void {
    this.clearTimer('connect');
    this.after('stable', this.limits.stableMs, () => this.backoff.reset());
    this.beat(Math.max(1, welcome.heartbeatS) * 1000 * this.limits.heartbeatShare);
    this.become('open');
    this.emit('welcome', welcome);
  }

  private dismissed(goodbye: Goodbye): void {
    this.reconnectAfterMs = goodbye.reconnectAfterMs;
    if (goodbye.problem?.code === 'unauthenticated') this.end();
  }

  private beat(everyMs: number): void {
    this.after('beat', everyMs, () => {
      this.ping();
      this.beat(everyMs);
    });
  }

  /** Any frame after the ping is a sign of life, not only the pong. */
  private ping(): void {
    const askedMs = Date.now();
    this.ask({ case: 'ping', value: {} }, this.limits.pongMs).catch((error: ProblemError) => {
      if (error.code === 'timeout' && this.lastHeardMs < askedMs) this.hangUp();
    });
  }

  private hangUp(): void {
    this.drop(4000);
    this.scheduleReconnect();
  }

  private lost(code: number): void {
    if (this.current === 'ended') return;
    this.drop();
    // 1008: the session ended; coming back with the same token is of no use.
    if (code === 1008) this.end();
    else this.scheduleReconnect();
  }

  private end(): void {
    this.drop(1000);
    this.become('ended');
  }

  private scheduleReconnect(): void {
    this.become('waiting');
    const waitMs = Math.max(this.reconnectAfterMs, this.backoff.next(), 50);
    this.after('reconnect', waitMs, () => this.connect());
  }

  /** Lets go of the socket; everything that waited on it fails as `offline`. */
  private drop(code?: number): void {
    this.clearTimers();
    const socket = this.socket;
    this.socket = undefined;
    if (socket && code !== undefined) socket.close(code);
    const waiters = [...this.pending.values()];
    this.pending.clear();
    for (const waiter of waiters) {
      clearTimeout(waiter.timer);
      waiter.reject(new ProblemError('offline', 'the connection was cut'));
    }
  }

  private become(state: ConnectionState): void {
    if (this.current === state) return;
    this.current = state;
    this.emit('state', state);
  }

  private after(name: string, ms: number, run: () => void): void {
    this.clearTimer(name);
    this.timers.set(name, setTimeout(run, ms));
  }

  private clearTimer(name: string): void {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }

  private clearTimers(): void {
    for (const name of [...this.timers.keys()]) this.clearTimer(name);
  }
}
