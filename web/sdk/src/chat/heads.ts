import type { Conversation } from '../gen/message.js';

/**
 * Whether an answer's head says more than `known`. Only a newer one does: places in the queue move
 * without a new version, and frames, which come in order, tell of them; an answer comes when it may.
 */
export function answersMore(known: Conversation | undefined, answer: Conversation): boolean {
  return known === undefined || answer.version > known.version;
}

/** Whether a frame's head is as new as `known`, or newer. */
export function isCurrent(known: Conversation | undefined, framed: Conversation): boolean {
  return known === undefined || framed.version >= known.version;
}
