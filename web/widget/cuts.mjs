// Every cut names what it cuts, and says so when it is not there any more: nothing stays because it was
// renamed.

/** The source without that; it must be there. */
export function cut(source, id, pattern, replacement) {
  const left = source.replace(pattern, replacement);
  if (left === source) throw new Error(`nothing to cut in ${id}: ${pattern}`);
  return left;
}
