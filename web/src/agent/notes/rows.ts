import type { Note } from '@kefu/sdk/proto/note';
import type { PendingNote, Row } from '../../lib/chat/timeline';

/**
 * The rows of a talk with the notes between them: each behind the last message that was there when
 * it was written, those that are not stored yet at the end. Notes whose place is above what is
 * loaded wait until it is.
 */
export function withNotes(
  rows: readonly Row[],
  notes: readonly Note[],
  pending: readonly PendingNote[],
  hasEarlier: boolean,
): Row[] {
  const result: Row[] = [];
  const first = rows.map(seqOf).find((seq) => seq !== undefined);
  const shown =
    hasEarlier && first !== undefined ? notes.filter((n) => n.afterSeq >= first) : notes;
  let at = 0;
  const put = (until: bigint | undefined) => {
    for (; at < shown.length; at += 1) {
      const note = shown[at];
      if (!note || (until !== undefined && note.afterSeq >= until)) return;
      result.push({ kind: 'note', key: `n${note.number}`, note });
    }
  };
  rows.forEach((row, index) => {
    // A time stands above the message that it belongs to, and so do the notes before that.
    const next = row.kind === 'time' ? rows[index + 1] : row;
    if (next?.kind === 'outgoing') put(undefined);
    else if (next) put(seqOf(next));
    result.push(row);
  });
  put(undefined);
  for (const each of pending) {
    result.push({ kind: 'note', key: `p${each.clientId}`, pending: each });
  }
  return result;
}

function seqOf(row: Row): bigint | undefined {
  return 'message' in row ? row.message.seq : undefined;
}
