/** Every wait and bound of the client, in one place. All times are milliseconds. */
export interface Limits {
  /** From opening a socket to its `welcome`. */
  connectMs: number;
  /** First step of the reconnect backoff, and its ceiling. */
  backoffBaseMs: number;
  backoffMaxMs: number;
  /** A connection that lived this long counts as good: the backoff starts over. */
  stableMs: number;
  /** Share of the server's heartbeat interval after which the client pings. */
  heartbeatShare: number;
  /** A ping that is not answered in this time means that the connection is dead. */
  pongMs: number;
  /** A request frame (open, send, …) that is not answered in this time is given up. */
  replyMs: number;
  /** Tries of one message that the server refuses for now, before a person is asked. */
  sendTries: number;
  /** Wait between those tries when the server named none. */
  retryMs: number;
  /** Most messages that wait to be sent in one conversation. */
  outboxSize: number;
  /** Wait before a conversation is opened again after a gap or a refusal. */
  reopenMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  connectMs: 10_000,
  backoffBaseMs: 500,
  backoffMaxMs: 20_000,
  stableMs: 5_000,
  heartbeatShare: 0.7,
  pongMs: 8_000,
  replyMs: 10_000,
  sendTries: 6,
  retryMs: 1_000,
  outboxSize: 100,
  reopenMs: 400,
};
