import { Notice_Kind, Sender, type Message, type Notice } from '@kefu/sdk/proto/message';
import type { Catalogue } from '../i18n/zh';
import { isRecalled } from '@kefu/sdk';

/** A notice in the visitor's words. */
export function noticeForVisitor(notice: Notice, m: Catalogue): string {
  const name = notice.agentName || m.senders.agent;
  switch (notice.kind) {
    case Notice_Kind.QUEUED:
      return m.notices.queued;
    case Notice_Kind.ASSIGNED:
      return m.notices.assigned(name);
    case Notice_Kind.RETURNED_TO_BOT:
      return m.notices.returned;
    case Notice_Kind.CLOSED:
      return notice.agentName ? m.notices.closedByAgent(name) : m.notices.closedByVisitor;
    case Notice_Kind.REOPENED:
      return m.notices.reopened;
    case Notice_Kind.REQUEUED:
      return m.notices.requeued;
    case Notice_Kind.LEFT_QUEUE:
      return m.notices.leftQueue;
    case Notice_Kind.MESSAGE_LEFT:
      return m.notices.messageLeft;
    case Notice_Kind.TRANSFERRED:
      return m.notices.transferred(notice.agentName);
    default:
      return m.chat.unsupported;
  }
}

/** The same notice as agents read it: what happened, and why. */
export function noticeForAgent(notice: Notice, m: Catalogue): string {
  const words = m.agentNotices;
  const name = notice.agentName || m.senders.agent;
  switch (notice.kind) {
    case Notice_Kind.QUEUED:
      return notice.reason ? words.queuedBecause(reasonWords(notice.reason, m)) : words.queued;
    case Notice_Kind.ASSIGNED:
      return words.assigned(name);
    case Notice_Kind.RETURNED_TO_BOT:
      return words.returned;
    case Notice_Kind.CLOSED:
      if (notice.reason === 'idle') return m.closing.idle(name);
      return notice.agentName ? words.closedByAgent(name) : words.closedByVisitor;
    case Notice_Kind.REOPENED:
      return words.reopened;
    case Notice_Kind.REQUEUED:
      return words.requeued;
    case Notice_Kind.LEFT_QUEUE:
      return words.leftQueue;
    case Notice_Kind.MESSAGE_LEFT:
      return words.messageLeft;
    case Notice_Kind.TRANSFERRED:
      return words.transferred(notice.agentName);
    default:
      return m.chat.unsupported;
  }
}

/** Why a human was wanted. The core's own reasons are keys; all others are words already. */
export function reasonWords(reason: string, m: Catalogue): string {
  return reason === 'bot_away' ? m.agentNotices.botAway : reason;
}

/** Who speaks, by name, or by what they are when there is none. */
export function speaker(message: Message, m: Catalogue): string {
  switch (message.sender) {
    case Sender.BOT:
      return m.senders.bot;
    case Sender.AGENT:
      return message.senderName || m.senders.agent;
    case Sender.VISITOR:
      return message.senderName || m.senders.visitor;
    default:
      return m.senders.system;
  }
}

/** That a message was taken back, and by whom. */
export function recalledText(message: Message, own: boolean, m: Catalogue): string {
  return own ? m.chat.recalledOwn : m.chat.recalledBy(speaker(message, m));
}

/** The message as plain text, for notifications and screen readers. */
export function plainText(message: Message, m: Catalogue): string {
  if (isRecalled(message)) return m.chat.recalled;
  const kind = message.body?.kind;
  switch (kind?.case) {
    case 'text':
      return kind.value.text;
    case 'card':
      return [kind.value.title, kind.value.text].filter(Boolean).join(' ');
    case 'postback':
      return kind.value.label;
    case 'image':
      return m.media.imageNamed(kind.value.name);
    case 'file':
      return kind.value.name;
    case 'notice':
      return noticeForVisitor(kind.value, m);
    case 'recall':
      return m.chat.recalledBy(speaker(message, m));
    default:
      return m.chat.unsupported;
  }
}

const SENDER_WORDS: Record<Sender, string> = {
  [Sender.UNSPECIFIED]: 'unknown',
  [Sender.VISITOR]: 'visitor',
  [Sender.BOT]: 'bot',
  [Sender.AGENT]: 'agent',
  [Sender.SYSTEM]: 'system',
};

/** "visitor", "bot", "agent" or "system": how tests and styles know a message. */
export function senderWord(sender: Sender): string {
  return SENDER_WORDS[sender];
}
