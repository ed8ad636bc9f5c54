/** Rows of one piece of a list. */
export const SIZE = 30;
/** What a row is taken to be high before it was seen, pixels. */
export const ROW_PX = 72;

/** A piece of a list, from its first row to before its last. */
export interface Window {
  from: number;
  to: number;
}

/** A list in pieces, of which only those near the eye are made. */
export function windowsOf(length: number, size = SIZE): Window[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, at) => ({
    from: at * size,
    to: Math.min(length, (at + 1) * size),
  }));
}
