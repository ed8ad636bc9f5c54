const text = new TextEncoder();

/** Bytes that grow. */
export class Writer {
  private bytes = new Uint8Array(64);
  private length = 0;

  /** An unsigned number of up to 64 bits; negative ones as their two's complement. */
  varint(value: bigint | number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  double(value: number): void {
    this.room(8);
    new DataView(this.bytes.buffer).setFloat64(this.length, value, true);
    this.length += 8;
  }

  string(value: string): void {
    this.block(text.encode(value));
  }

  /** A length and that many bytes. */
  block(value: Uint8Array): void {
    this.varint(value.length);
    this.room(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }

  private byte(value: number): void {
    this.room(1);
    this.bytes[this.length++] = value;
  }

  private room(wanted: number): void {
    if (this.length + wanted <= this.bytes.length) return;
    const larger = new Uint8Array((this.length + wanted) * 2);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
