import type { Limits } from '../base/limits.js';
import type { Runtime } from '../base/runtime.js';
import { Samples, type Summary } from './samples.js';

/**
 * What happened:
 * - `connect` welcomed; `connect_failed` not; `cut` a connection ended; `quiet_death` only a ping
 *   showed that it was dead; `reconnect` welcomed again, `tookMs` since the cut; `session_over`;
 * - `fallback` and `upgrade` another transport carries the session;
 * - `first_ack` the first message of this client was acknowledged, `tookMs` since it first connected;
 *   `ack` a message was, `tookMs` since it was first sent from here; `resend` one was sent again;
 *   `refused` the server's word in `detail`;
 * - `gap` messages were missing and are asked for; `rewound` the server stands on a backup.
 */
export type EventName =
  | 'connect'
  | 'connect_failed'
  | 'cut'
  | 'quiet_death'
  | 'reconnect'
  | 'session_over'
  | 'fallback'
  | 'upgrade'
  | 'first_ack'
  | 'ack'
  | 'resend'
  | 'refused'
  | 'gap'
  | 'rewound';

/** One thing that happened. It never holds a token or what people wrote. */
export interface DiagnosticEvent {
  /** Milliseconds since 1970, UTC. */
  readonly atMs: number;
  readonly name: EventName;
  /** 32 hexadecimal digits, the same for all that belongs together: one connection, one message. */
  readonly traceId: string;
  readonly tookMs?: number;
  readonly transport?: string;
  readonly detail?: string;
  readonly conversationId?: string;
  /** The message's, by which the server knows it too. */
  readonly clientId?: string;
}

/** What belongs together, and whether its events are kept. */
export interface Trace {
  readonly id: string;
  readonly sampled: boolean;
}

/** Everything that diagnostics know, as plain JSON. */
export interface Dump {
  readonly sdk: string;
  readonly atMs: number;
  readonly sampleRate: number;
  /** How often each thing happened since the start, sampled or not. */
  readonly counts: Partial<Record<EventName, number>>;
  /** Milliseconds that each thing took, sampled or not. */
  readonly times: Partial<Record<EventName, Summary>>;
  /** The newest sampled events, oldest first. */
  readonly events: readonly DiagnosticEvent[];
  /** What the client adds: state, transport, heartbeat, what waits. */
  readonly [more: string]: unknown;
}

export interface DiagnosticsOptions {
  /** Share of connections and messages whose events are kept and reported, 0 to 1. Default 1. */
  readonly sampleRate?: number;
  /** Called with each sampled event, as it happens; what it throws is the application's affair. */
  readonly report?: (event: DiagnosticEvent) => void;
}

export const SDK_VERSION = '0.1.0';

/** Counts and times everything, keeps events of what was sampled. Bounded in every direction. */
export class Diagnostics {
  private readonly counts: Partial<Record<EventName, number>> = {};
  private readonly samples: Partial<Record<EventName, Samples>> = {};
  private readonly events: DiagnosticEvent[] = [];
  private readonly sampleRate: number;

  constructor(
    private readonly runtime: Runtime,
    private readonly limits: Limits,
    private readonly options: DiagnosticsOptions = {},
  ) {
    this.sampleRate = options.sampleRate ?? 1;
  }

  /** Begins something whose events belong together; whether they are kept is drawn once. */
  trace(): Trace {
    const digit = () => Math.floor(this.runtime.random() * 16).toString(16);
    const sampled = this.runtime.random() < this.sampleRate;
    return { id: Array.from({ length: 32 }, digit).join(''), sampled };
  }

  record(trace: Trace, name: EventName, more: Partial<DiagnosticEvent> = {}): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    if (more.tookMs !== undefined) {
      (this.samples[name] ??= new Samples(this.limits.samplesSize)).add(more.tookMs);
    }
    if (!trace.sampled) return;
    const event = { ...more, atMs: this.runtime.now(), name, traceId: trace.id };
    this.events.push(event);
    if (this.events.length > this.limits.eventsSize) this.events.shift();
    this.options.report?.(event);
  }

  count(name: EventName): number {
    return this.counts[name] ?? 0;
  }

  dump(more: Record<string, unknown>): Dump {
    const times: Partial<Record<EventName, Summary>> = {};
    for (const [name, samples] of Object.entries(this.samples)) {
      times[name as EventName] = samples.summary();
    }
    return {
      ...more,
      sdk: SDK_VERSION,
      atMs: this.runtime.now(),
      sampleRate: this.sampleRate,
      counts: { ...this.counts },
      times,
      events: [...this.events],
    };
  }
}
