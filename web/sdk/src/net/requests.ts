import { ProblemError } from '../base/problem.js';
import type { Runtime } from '../base/runtime.js';
import type { ServerFrame } from '../gen/frame.js';

export type ServerBody = ServerFrame['body'];

interface Pending {
  resolve(body: ServerBody): void;
  reject(error: ProblemError): void;
  cancel(): void;
}

/** Questions that wait for the frame that repeats their `ref`. */
export class Requests {
  private readonly pending = new Map<bigint, Pending>();
  private lastRef = 0n;

  constructor(private readonly runtime: Runtime) {}

  nextRef(): bigint {
    return ++this.lastRef;
  }

  /** The answer to `ref`. Rejects with `timeout` when it does not come in time. */
  wait(ref: bigint, timeoutMs: number): Promise<ServerBody> {
    return new Promise((resolve, reject) => {
      const cancel = this.runtime.after(timeoutMs, () => {
        this.pending.delete(ref);
        reject(new ProblemError('timeout', 'no answer in time'));
      });
      this.pending.set(ref, { resolve, reject, cancel });
    });
  }

  /** A frame came; the problem, if it is one that nobody waits for. */
  settle(ref: bigint, body: ServerBody): ProblemError | undefined {
    const waiter = this.pending.get(ref);
    this.pending.delete(ref);
    waiter?.cancel();
    if (body.case !== 'problem') {
      waiter?.resolve(body);
      return undefined;
    }
    const { code, message, retryAfterMs } = body.value;
    const problem = new ProblemError(code, message, retryAfterMs);
    waiter?.reject(problem);
    return waiter ? undefined : problem;
  }

  /** Nobody will answer any more. */
  failAll(error: ProblemError): void {
    const waiters = [...this.pending.values()];
    this.pending.clear();
    for (const waiter of waiters) {
      waiter.cancel();
      waiter.reject(error);
    }
  }
}
