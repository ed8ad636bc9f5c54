import type { ClientFrame, ServerFrame } from '../gen/frame.js';
import type { CodecName } from './codec.js';

/** Where a link goes and as whom. */
export interface LinkTarget {
  /** "https://help.example.com", without a path; where the page came from when empty. */
  readonly server: string;
  /** How frames are written, where the transport leaves a choice. */
  readonly codec: CodecName;
  /** The session's token, for transports that must name it in every request; may be empty. */
  readonly token: () => string;
  readonly deviceId: string;
}

/** How a link ended. */
export interface LinkEnd {
  /** For people who read diagnostics. */
  readonly detail: string;
  /** The server no longer knows the session: coming back with the same token is of no use. */
  readonly sessionOver?: boolean;
  /** This transport does not work here (refused, filtered): the next one is tried at once. */
  readonly unusable?: boolean;
  /** The server asks to come back no sooner, milliseconds. */
  readonly retryAfterMs?: number;
}

/** What a link tells. Nothing is told after `close` was called. */
export interface LinkEvents {
  /** Frames may be sent. */
  opened(): void;
  /** In the order in which the server sent them. */
  frame(frame: ServerFrame): void;
  /** The end, told once. */
  closed(how: LinkEnd): void;
}

/** Frames go up and come down until it ends. */
export interface Link {
  /** After `opened`. Never throws: what cannot be sent ends the link. */
  send(frame: ClientFrame): void;
  /** Gives the link up. A code as WebSocket has them: 1000 done, 4000 given up as dead. */
  close(code: number): void;
}

/**
 * A way to carry frames. It need not be reliable, only ordered and honest about its end: the place in
 * each conversation is kept above it. Whatever a link loses is asked for over the next one (`open`
 * with the last sequence that was shown), whatever it doubles is known by its sequence or by its
 * client id, and frames of a link that was given up are not looked at. So one session may go over any
 * transport, and change it in the middle.
 */
export interface Transport {
  /** "websocket", "sse", "long-poll": the word in diagnostics. */
  readonly name: string;
  /** Whether this environment has what it takes. */
  available(): boolean;
  /** Begins at once and never throws. The first frame up is `hello`, as soon as it has opened. */
  open(target: LinkTarget, events: LinkEvents): Link;
}
