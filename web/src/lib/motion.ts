/** A transition's length, or nothing for people who asked for less motion. Milliseconds. */
export function motion(ms: number): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ms;
}
