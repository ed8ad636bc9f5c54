import type { CannedReply } from '@kefu/sdk/proto/canned';

/** What is being looked for in a reply that begins with "/"; none: `undefined`. */
export function sought(draft: string): string | undefined {
  return /^\/([^\n]*)$/.exec(draft)?.[1]?.trim().toLowerCase();
}

/** Replies that match, the best first: by the shortcut's beginning, then anywhere in it, title, text. */
export function find(replies: readonly CannedReply[], query: string): CannedReply[] {
  const wanted = query.toLowerCase();
  const rank = (reply: CannedReply): number => {
    const { shortcut, title, textZh, textEn } = reply;
    if (shortcut === wanted) return 0;
    if (shortcut.startsWith(wanted)) return 1;
    const places = [shortcut, title, `${textZh}\n${textEn}`];
    const at = places.findIndex((place) => place.toLowerCase().includes(wanted));
    return at < 0 ? Infinity : 2 + at;
  };
  const ranked = replies.map((reply) => ({ reply, rank: rank(reply) }));
  // Of the same rank one's own first, then by shortcut as they came.
  return ranked
    .filter((each) => each.rank < Infinity)
    .sort(
      (a, b) => a.rank - b.rank || Number(a.reply.ownerId === 0n) - Number(b.reply.ownerId === 0n),
    )
    .map((each) => each.reply);
}
