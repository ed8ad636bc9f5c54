/** Which proposal a key combination means, counted from 0. */
export interface ProposalKey {
  index: number;
  /** Into the composer, not out to the visitor. */
  edit: boolean;
}

/**
 * Alt+Shift+1…4 sends a proposal, Ctrl+Alt+Shift+1…4 takes it into the composer. By the key's place,
 * which neither Alt nor the layout's language changes.
 */
export function proposalKey(event: {
  code: string;
  altKey: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}): ProposalKey | undefined {
  const digit = /^Digit([1-4])$/.exec(event.code)?.[1];
  if (!digit || !event.altKey || !event.shiftKey || event.metaKey) return undefined;
  return { index: Number(digit) - 1, edit: event.ctrlKey };
}
