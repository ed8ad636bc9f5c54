/** A share as people read it: "97.4 %", "–" where nothing was counted. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return '–';
  const value = share * 100;
  const digits = value >= 99.95 || value < 0.05 ? 0 : 1;
  return `${value.toFixed(digits)} %`;
}

/** A score without a unit. */
export function score(value: number): string {
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2).replace('-', '−');
}
