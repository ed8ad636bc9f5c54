import { MessageSchema, type Message } from '../gen/message.js';
import { create } from '../proto/index.js';

/** Whether a message was taken back. */
export function isRecalled(message: Message): boolean {
  return message.recalledSeq > 0n;
}

/** Whether somebody said it, so that it can be answered or taken back. */
export function isSaid(message: Message): boolean {
  const kind = message.body?.kind.case;
  return kind !== undefined && kind !== 'notice' && kind !== 'recall';
}

/** The messages, without the words of those that later ones take back. */
export function withRecalls(messages: readonly Message[]): readonly Message[] {
  const facts = new Map<bigint, bigint>();
  for (const { body, seq } of messages) {
    if (body?.kind.case === 'recall') facts.set(body.kind.value.seq, seq);
  }
  const gone = (message: Message) => facts.has(message.seq) && !isRecalled(message);
  if (!messages.some(gone)) return messages;
  return messages.map((message) => {
    const recalledSeq = facts.get(message.seq);
    if (recalledSeq === undefined || isRecalled(message)) return message;
    return create(MessageSchema, { ...message, body: undefined, trace: undefined, recalledSeq });
  });
}
