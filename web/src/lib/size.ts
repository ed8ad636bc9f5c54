const UNITS = ['B', 'KB', 'MB', 'GB'];

/** "980 B", "12 KB", "3.4 MB": bytes as people read them, in steps of 1024. */
export function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && size < 10 ? 1 : 0;
  return `${size.toFixed(digits)} ${UNITS[unit]}`;
}
