/** Every wait and bound of the client, in one place. All times are milliseconds. */
export interface Limits {
  /** From opening a link to its `welcome`. */
  connectMs: number;
  /** First step of the reconnect backoff, and its ceiling. */
  backoffBaseMs: number;
  backoffMaxMs: number;
  /** No reconnect comes sooner than this, whatever chance says. */
  reconnectMinMs: number;
  /** A connection that lived this long counts as good: the backoff starts over. */
  stableMs: number;
  /** Failures of one transport in a row before the next one is tried. */
  fallbackTries: number;
  /** Wait, on a fallback, before a better transport is tried beside it; doubles up to its ceiling. */
  upgradeBaseMs: number;
  upgradeMaxMs: number;
  /** Share of the server's heartbeat interval after which the client pings. */
  heartbeatShare: number;
  /** The heartbeat is never made faster than this, unless the server asks for it. */
  heartbeatMinMs: number;
  /** A ping that is not answered in this time means that the connection is dead. */
  pongMs: number;
  /** A request frame (open, send, …) that is not answered in this time is given up. */
  replyMs: number;
  /** An HTTP request that is not answered in this time is given up. */
  restMs: number;
  /** An upload that is not answered in this time is given up, and how often it is tried. */
  uploadMs: number;
  uploadTries: number;
  /** Tries of one message that the server refuses for now, before a person is asked. */
  sendTries: number;
  /** Wait between those tries when the server named none, and the longest one that it may name. */
  retryMs: number;
  retryMaxMs: number;
  /** Most messages that wait to be sent in one conversation. */
  outboxSize: number;
  /** Most messages that a visitor may write before there is a session to send them in. */
  earlySize: number;
  /** Wait before a conversation is opened again after a gap or a refusal. */
  reopenMs: number;
  /** Marks of one conversation are sent at most this often. */
  markMs: number;
  /** Age at which a tab sends what another one wrote: until then that one does it, unless it died. */
  adoptMs: number;
  /** Longest wait for another tab to finish; then this one goes on without it. */
  lockMs: number;
  /** Events that diagnostics keep, and samples of each time. */
  eventsSize: number;
  samplesSize: number;
}

export const DEFAULT_LIMITS: Limits = {
  connectMs: 10_000,
  backoffBaseMs: 500,
  backoffMaxMs: 20_000,
  reconnectMinMs: 50,
  stableMs: 5_000,
  fallbackTries: 2,
  upgradeBaseMs: 60_000,
  upgradeMaxMs: 600_000,
  heartbeatShare: 0.7,
  heartbeatMinMs: 25_000,
  pongMs: 8_000,
  replyMs: 10_000,
  restMs: 15_000,
  uploadMs: 150_000,
  uploadTries: 5,
  sendTries: 6,
  retryMs: 1_000,
  retryMaxMs: 300_000,
  outboxSize: 100,
  earlySize: 20,
  reopenMs: 400,
  markMs: 250,
  adoptMs: 3_000,
  lockMs: 15_000,
  eventsSize: 200,
  samplesSize: 64,
};
