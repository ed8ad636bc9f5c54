import {
  ClientFrameSchema,
  ServerFrameSchema,
  type ClientFrame,
  type ServerFrame,
} from '../gen/frame.js';
import { fromJson, toJson } from '../proto/index.js';

/** What comes down in one answer: frames by number, consecutive, and the end when there is one. */
export interface DownFrames {
  /** The connection's secret name, in the first answer. */
  readonly stream: string;
  /** The number of the first frame. */
  readonly first: number;
  readonly frames: readonly ServerFrame[];
  /** Why it ended, as WebSocket's close codes say it; 0: it goes on. */
  readonly closeCode: number;
}

/** An answer that is none: its status, and the wait that it asks for. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly retryAfterMs: number,
  ) {
    super(`the server answered with ${status}`);
  }
}

/** The body of an upward request. */
export function upBody(frames: readonly ClientFrame[]): string {
  return JSON.stringify({ frames: frames.map((frame) => toJson(ClientFrameSchema, frame)) });
}

/** Reads an answer. Throws a `TypeError` when it is none. */
export function downFrames(json: unknown): DownFrames {
  const { stream = '', first = 1, frames = [], closeCode = 0 } = json as Record<string, unknown>;
  if (!Array.isArray(frames)) throw new TypeError('frames must be a list');
  return {
    stream: String(stream),
    first: Number(first),
    frames: frames.map((frame) => fromJson(ServerFrameSchema, frame)),
    closeCode: Number(closeCode),
  };
}

/** Reads a frame of an event. Throws a `TypeError` or `SyntaxError` when it is none. */
export function frameOf(data: string): ServerFrame {
  return fromJson(ServerFrameSchema, JSON.parse(data));
}

/**
 * The requests of one connection over HTTP (docs/protocol.md). All of them end with it, and none
 * lasts longer than it may.
 */
export class HttpCalls {
  private readonly running = new Set<AbortController>();

  constructor(
    private readonly server: string,
    /** A visitor's page must not act as the agent who is logged in in the same browser. */
    private readonly credentials: RequestCredentials,
  ) {}

  /** The answer, when it is a good one. Rejects with an `HttpError`, or whatever `fetch` says. */
  async call(method: string, path: string, body?: string, patienceMs = 0): Promise<Response> {
    const { signal, done } = this.begin(patienceMs);
    try {
      return await this.fetch(method, path, body, signal);
    } finally {
      done();
    }
  }

  /** The same, with the JSON of the answer; the patience is for all of it. */
  async json(method: string, path: string, body?: string, patienceMs = 0): Promise<unknown> {
    const { signal, done } = this.begin(patienceMs);
    try {
      return await (await this.fetch(method, path, body, signal)).json();
    } finally {
      done();
    }
  }

  /** The lines of an answer that has no end of its own, as they come; blank ones too. */
  async *lines(path: string): AsyncGenerator<string, void> {
    const { signal, done } = this.begin(0);
    try {
      const response = await this.fetch('GET', path, undefined, signal);
      const decoder = new TextDecoder();
      const reader = response.body!.getReader();
      let rest = '';
      for (;;) {
        const { value, done: ended } = await reader.read();
        if (ended) return;
        const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield line.replace(/\r$/, '');
      }
    } finally {
      done();
    }
  }

  /** Ends all of them. */
  abort(): void {
    for (const controller of [...this.running]) controller.abort();
  }

  private begin(patienceMs: number) {
    const controller = new AbortController();
    this.running.add(controller);
    const timer = patienceMs > 0 ? setTimeout(() => controller.abort(), patienceMs) : undefined;
    const done = () => {
      clearTimeout(timer);
      this.running.delete(controller);
      // Nothing is left of an answer that was not read to its end.
      controller.abort();
    };
    return { signal: controller.signal, done };
  }

  private async fetch(
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const response = await fetch(this.server + path, {
      method,
      body,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      credentials: this.credentials,
      cache: 'no-store',
      signal,
    });
    if (response.ok) return response;
    const seconds = Number(response.headers.get('retry-after') ?? 0);
    throw new HttpError(response.status, seconds > 0 ? seconds * 1000 : 0);
  }
}
