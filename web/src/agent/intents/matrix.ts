import type { Confusion } from './report';

export interface Matrix {
  rows: string[];
  columns: string[];
  /** The largest count, at least 1. */
  most: number;
  count: (expected: string, got: string) => number;
}

/** A table of pairs: those that are confused most stand at the top and at the left. */
export function matrixOf(pairs: readonly Confusion[]): Matrix {
  const byRow = new Map<string, number>();
  const byColumn = new Map<string, number>();
  const cells = new Map<string, number>();
  const key = (expected: string, got: string) => `${expected}\n${got}`;
  for (const { expected, got, n } of pairs) {
    byRow.set(expected, (byRow.get(expected) ?? 0) + n);
    byColumn.set(got, (byColumn.get(got) ?? 0) + n);
    cells.set(key(expected, got), (cells.get(key(expected, got)) ?? 0) + n);
  }
  const sorted = (sums: Map<string, number>) =>
    [...sums].sort(([, a], [, b]) => b - a).map(([id]) => id);
  return {
    rows: sorted(byRow),
    columns: sorted(byColumn),
    most: Math.max(1, ...cells.values()),
    count: (expected, got) => cells.get(key(expected, got)) ?? 0,
  };
}
