import { isRecalled, isSaid, Sender, type Message } from '@kefu/sdk';
import type { Proposal, Proposals } from '@kefu/sdk/proto/proposal';

/** What an agent made of a proposal before sending it. */
export interface Taken {
  intent: string;
  catalogue: string;
  /** As it was proposed. */
  text: string;
}

/**
 * What of an offer is still of use: it answers the visitor's newest words, and nobody has answered
 * them since.
 */
export function shown(
  offer: Proposals | undefined,
  messages: readonly Message[],
): readonly Proposal[] {
  if (!offer) return [];
  const last = messages.findLast((message) => isSaid(message) && !isRecalled(message));
  const answers = last?.sender === Sender.VISITOR && last.seq === offer.seq;
  return answers ? offer.proposals : [];
}

/** What is stored with a message for which a proposal was taken, and counted. */
export function origin(taken: Taken | undefined, text: string) {
  if (!taken) return undefined;
  const { intent, catalogue } = taken;
  return { intent, catalogue, edited: text.trim() !== taken.text.trim() };
}
