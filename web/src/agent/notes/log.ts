import type { Note } from '@kefu/sdk/proto/note';

/** What a note that came in means for what is known. */
export interface Step {
  notes: readonly Note[];
  /** Something lies between: what follows the last one is to be read. */
  gap: boolean;
}

/** The last number that is known without a gap. */
export function lastOf(notes: readonly Note[]): bigint {
  return notes.at(-1)?.number ?? 0n;
}

/** Takes notes in, in whatever order and however often they come: each once, by number, no gap. */
export function take(notes: readonly Note[], fresh: readonly Note[]): Step {
  let last = lastOf(notes);
  const taken: Note[] = [];
  const ordered = [...fresh].sort((a, b) => (a.number < b.number ? -1 : 1));
  for (const note of ordered) {
    if (note.number !== last + 1n) continue;
    last = note.number;
    taken.push(note);
  }
  const gap = ordered.some(({ number }) => number > last);
  return { notes: taken.length > 0 ? [...notes, ...taken] : notes, gap };
}
