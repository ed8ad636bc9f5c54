import { Sender, type Message } from '@kefu/sdk/proto/message';
import type { Note } from '@kefu/sdk/proto/note';
import type { Outgoing } from '@kefu/sdk';
import { sameDay } from '../time';
import { isRecalled } from '@kefu/sdk';

/** A quiet gap after which the time is shown again, milliseconds. */
const GAP_MS = 5 * 60_000;
/** Messages of one sender closer than this read as one group. */
const GROUP_MS = 3 * 60_000;

/** A note that is not stored yet. */
export interface PendingNote {
  clientId: string;
  text: string;
  whisper: boolean;
  atMs: number;
  /** Why it was refused; absent while it is on its way. */
  problem?: string;
}

export type Row =
  | { kind: 'time'; key: string; atMs: number }
  | { kind: 'notice'; key: string; message: Message }
  | { kind: 'recalled'; key: string; message: Message }
  /** What agents wrote beside the talk; the workspace puts it in, one or the other. */
  | { kind: 'note'; key: string; note?: Note; pending?: PendingNote }
  | { kind: 'message'; key: string; message: Message; first: boolean; last: boolean }
  | { kind: 'outgoing'; key: string; outgoing: Outgoing; first: boolean; last: boolean };

type Entry = { atMs: number; who: string; notice: boolean } & (
  { message: Message; outgoing?: undefined } | { outgoing: Outgoing; message?: undefined }
);

/**
 * What a conversation looks like: messages in sequence, then those on their way, with time
 * separators, and grouped by who speaks. `ownSender` is the side of whoever looks.
 */
export function timeline(
  messages: readonly Message[],
  outgoing: readonly Outgoing[],
  ownSender: Sender,
  ownId: bigint,
): Row[] {
  const entries = [
    // A recall is seen at the message that it takes back.
    ...messages.filter((message) => message.body?.kind.case !== 'recall').map(stored),
    ...outgoing.map((item) => waiting(item, ownSender, ownId)),
  ];
  const rows: Row[] = [];
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    const after = entries[index + 1];
    if (!before || entry.atMs - before.atMs > GAP_MS || !sameDay(before.atMs, entry.atMs)) {
      rows.push({ kind: 'time', key: `t${keyOf(entry)}`, atMs: entry.atMs });
    }
    const first = !before || !together(before, entry);
    const last = !after || !together(entry, after);
    const key = keyOf(entry);
    if (entry.outgoing) rows.push({ kind: 'outgoing', key, outgoing: entry.outgoing, first, last });
    else if (isRecalled(entry.message))
      rows.push({ kind: 'recalled', key, message: entry.message });
    else if (entry.notice) rows.push({ kind: 'notice', key, message: entry.message });
    else rows.push({ kind: 'message', key, message: entry.message, first, last });
  });
  return rows;
}

function stored(message: Message): Entry {
  return {
    atMs: Number(message.createdAtMs),
    who: `${message.sender}:${message.senderId}`,
    notice: message.body?.kind.case === 'notice' || isRecalled(message),
    message,
  };
}

function waiting(outgoing: Outgoing, ownSender: Sender, ownId: bigint): Entry {
  return { atMs: outgoing.queuedAtMs, who: `${ownSender}:${ownId}`, notice: false, outgoing };
}

function together(before: Entry, after: Entry): boolean {
  return (
    before.who === after.who &&
    !before.notice &&
    !after.notice &&
    after.atMs - before.atMs < GROUP_MS &&
    sameDay(before.atMs, after.atMs)
  );
}

/** The same key before and after a message is stored, so that its bubble stays in place. */
function keyOf(entry: Entry): string {
  if (entry.outgoing) return `c${entry.outgoing.clientId}`;
  return entry.message.clientId ? `c${entry.message.clientId}` : `s${entry.message.seq}`;
}
