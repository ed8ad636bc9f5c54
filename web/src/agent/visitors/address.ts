/** An address as people read it: without the scheme, and with its characters as they are written. */
export function addressOf(url: string): string {
  const bare = url.replace(/^https?:\/\//i, '').replace(/\/$/, '');
  try {
    return decodeURI(bare);
  } catch {
    // What is left of a long address may end in the middle of a character.
    return bare;
  }
}
