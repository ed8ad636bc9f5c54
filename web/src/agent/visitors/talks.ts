import type { Ending } from '@kefu/sdk/proto/closing';
import { Notice_Kind, type Message } from '@kefu/sdk/proto/message';

/** One talk of a conversation that goes on for as long as its visitor comes back (ADR 3). */
export interface PastTalk {
  /** The sequence of the notice that closed it: its place in the history. */
  endedSeq: bigint;
  /** When it was closed, milliseconds; 0 where only its rating is known. */
  atMs: number;
  /** Who closed it, or was rated. */
  agentName: string;
  category: string;
  score: number;
}

/**
 * The talks that are known, newest first: of the messages that are loaded, and of the ratings and
 * summaries, which the server lists for all of the history. Nothing is read for it that is not read
 * anyway.
 */
export function pastTalks(messages: readonly Message[], endings: readonly Ending[]): PastTalk[] {
  const talks = new Map<bigint, PastTalk>();
  for (const { body, seq, createdAtMs } of messages) {
    const notice = body?.kind.case === 'notice' ? body.kind.value : undefined;
    if (notice?.kind !== Notice_Kind.CLOSED || notice.agentId === 0n) continue;
    const { agentName } = notice;
    talks.set(seq, { endedSeq: seq, atMs: Number(createdAtMs), agentName, category: '', score: 0 });
  }
  for (const { endedSeq, rating, summary } of endings) {
    const known = talks.get(endedSeq);
    talks.set(endedSeq, {
      endedSeq,
      // A rating or summary comes soon after the end: good enough to find the day by.
      atMs: known?.atMs || Number(rating?.createdAtMs || summary?.updatedAtMs || 0n),
      agentName: known?.agentName || summary?.agentName || rating?.agentName || '',
      category: summary?.category ?? '',
      score: rating?.score ?? 0,
    });
  }
  return [...talks.values()].sort((a, b) => (a.endedSeq < b.endedSeq ? 1 : -1));
}
