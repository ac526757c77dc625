const FIRST_BYTES = 64 * 2 ** 10;
/** A larger one is let go when it is cleared. */
const KEPT_BYTES = 8 * 2 ** 20;

/**
 * Collects text as UTF-8. Bytes at once, not strings: those would live as thousands of small objects until they are
 * flushed, and moving them about took the garbage collector half of the time.
 */
export class TextBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    // At most three bytes for each UTF-16 unit.
    if (this.#length + 3 * text.length > this.#bytes.length) this.#grow(this.#length + 3 * text.length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** A view, valid until the next `add` or `clear`. */
  view(from = 0, to = this.#length): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(from, to);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  #grow(needed: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}
