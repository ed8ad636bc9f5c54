// `ignoreBOM`: a mark at the beginning is part of the text.
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads bytes from the front; throws a `TypeError` where they end or make no sense. */
export class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** 64 bits, unsigned. */
  varint(): bigint {
    // Nearly all are short: no big numbers for those.
    let small = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      small |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(small);
    }
    let value = BigInt(small);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new TypeError('a number of more than ten bytes');
  }

  double(): number {
    const eight = this.take(8);
    return new DataView(eight.buffer, eight.byteOffset, 8).getFloat64(0, true);
  }

  string(): string {
    return text.decode(this.block());
  }

  /** A length and that many bytes; a view, not a copy. */
  block(): Uint8Array {
    return this.take(Number(this.varint()));
  }

  /** Passes over one field that nobody here knows. */
  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.take(8);
    else if (wire === 2) this.block();
    else if (wire === 5) this.take(4);
    else throw new TypeError(`a field of wire type ${wire}`);
  }

  private byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new TypeError('the message ends too early');
    this.at += 1;
    return byte;
  }

  private take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw new TypeError('the message ends too early');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
