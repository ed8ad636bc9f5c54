/** A generator of numbers that begins the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What chance decides in a test. */
export class Dice {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** From `least` to below `beyond`. */
  between(least: number, beyond: number): number {
    return least + Math.floor(this.random() * (beyond - least));
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length)]!;
  }
}

/**
 * Runs the body once for each seed; a failure names the seed that shows it. KEFU_SEED=7 runs that one
 * alone, KEFU_SEEDS=100000 more of them than usual.
 */
export async function forSeeds(
  usual: number,
  body: (seed: number, dice: Dice) => void | Promise<void>,
): Promise<void> {
  const { KEFU_SEED, KEFU_SEEDS } = process.env;
  const first = KEFU_SEED ? Number(KEFU_SEED) : 1;
  const count = KEFU_SEED ? 1 : Number(KEFU_SEEDS ?? usual);
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      await body(seed, new Dice(seed));
    } catch (error) {
      throw new Error(`with KEFU_SEED=${seed}: ${String(error)}`, { cause: error });
    }
  }
}
