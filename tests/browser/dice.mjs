// What chance decides in a test: the same seed, the same throws.
export class Dice {
  #state;

  constructor(seed) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0;
  }

  // Up to below 1, by a counter that is mixed (mulberry32).
  random() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  // From `least` to below `beyond`.
  between(least, beyond) {
    return least + Math.floor(this.random() * (beyond - least));
  }

  chance(share) {
    return this.random() < share;
  }

  pick(list) {
    return list[this.between(0, list.length)];
  }
}
