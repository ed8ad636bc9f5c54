/**
 * Kefu's client, free of any framework: it may be used by any page or application.
 *
 * Invariant: a listener of a `Thread` sees each message once, in order, without a gap, and a message
 * pushed to an `Outbox` is stored at most once, whatever the network does. It never touches the
 * document and keeps nothing in storage by itself.
 */
export { Backoff } from './backoff';
export { ChatClient } from './client';
export type { CodecName } from './codec';
export { Connection, type ConnectionOptions, type ConnectionState } from './connection';
export { newClientId } from './ids';
export { DEFAULT_LIMITS, type Limits } from './limits';
export { larger, Marker, type Reach } from './marker';
export { Outbox, type Outgoing, type OutboxStore } from './outbox';
export { ProblemError, problemCode } from './problem';
export { Rest, type Site, type SiteQuestion, type UserFields } from './rest';
export { Thread } from './thread';
