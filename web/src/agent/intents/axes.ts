/** A square plot of two shares: where 0 to 1 falls on the drawing, in units of its view box. */
export const PLOT = { width: 420, height: 300, left: 52, right: 14, top: 12, bottom: 46 };

export interface Range {
  from: number;
  to: number;
}

export function xOf(share: number, range: Range = { from: 0, to: 1 }): number {
  const span = PLOT.width - PLOT.left - PLOT.right;
  return PLOT.left + ((share - range.from) / (range.to - range.from)) * span;
}

export function yOf(share: number, range: Range = { from: 0, to: 1 }): number {
  const span = PLOT.height - PLOT.top - PLOT.bottom;
  return PLOT.top + (1 - (share - range.from) / (range.to - range.from)) * span;
}

/** Round numbers inside a range, five or so. */
export function ticks({ from, to }: Range): number[] {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((each) => (to - from) / each <= 5.01) ?? 0.2;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

/** From a round number below the least value up to 1, so that a flat curve is not a line at the top. */
export function rangeOf(values: readonly number[]): Range {
  const least = Math.min(1, ...values);
  const steps = [0.9, 0.8, 0.5];
  return { from: steps.find((each) => least >= each) ?? 0, to: 1 };
}
