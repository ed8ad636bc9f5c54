/** Why a request failed: the server's stable word, and when to try again (0: do not). */
export class ProblemError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterMs = 0,
    /** HTTP status, 0 when the failure came over a socket or never reached the server. */
    readonly status = 0,
    /** Whatever else the server's answer says, by name. */
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'ProblemError';
  }

  /** The same request may succeed later without a change. */
  get transient(): boolean {
    return this.retryAfterMs > 0 || TRANSIENT.has(this.code);
  }
}

const TRANSIENT = new Set(['overloaded', 'unavailable', 'rate_limited', 'offline', 'timeout']);

/** The code of any error, for choosing the words that people see. */
export function problemCode(error: unknown): string {
  return error instanceof ProblemError ? error.code : 'unknown';
}
