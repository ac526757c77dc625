/** Wire types of the protobuf encoding (protobuf.dev, "Encoding"). A tag is `field number << 3 | wire type`. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, group: 3, groupEnd: 4, fixed32: 5 } as const;

const GROUP_DEPTH_MAX = 32;
const SPLIT = 0x1000_0000;
const KEY_SLOTS = 4096;
const KEY_LENGTH_MAX = 64;

/** Shared by all readers of a thread; a slot is taken over by whoever comes last, so it never grows. */
const KEYS: string[] = new Array<string>(KEY_SLOTS);

/**
 * Reads protobuf's wire format forwards. Nothing is read beyond the end of the message that was entered last, so that a wrong
 * length is found where it stands. Texts are always well-formed: bytes that are not UTF-8 become U+FFFD.
 *
 * Efinal method throws a RangeError that names the byte when the bytes are not what was asked for.
 */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;
  /** End of the innermost message. */
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
  }

  get position(): number {
    return this.#position;
  }

  /** Back to a place within the current message. */
  seek(position: number): void {
    this.#position = position;
  }

  /** Whether the current message has more fields. */
  more(): boolean {
    return this.#position < this.#end;
  }

  /** Reads a length and makes what follows the current message. @returns the end to hand to {@link leave}. */
  enter(): number {
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#position + length;
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  tag(): number {
    const tag = this.#varint32();
    if (tag < 8) throw this.#wrong('a field has the number 0');
    return tag;
  }

  /** Over the value of a field that nobody asked for. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case WIRE.varint:
        this.#varint();
        return;
      case WIRE.fixed64:
        this.#take(8);
        return;
      case WIRE.bytes:
        this.#take(this.#length());
        return;
      case WIRE.group:
        this.#skipGroup(tag, depth);
        return;
      case WIRE.fixed32:
        this.#take(4);
        return;
      default:
        throw this.#wrong(`wire type ${tag & 7} does not exist here`);
    }
  }

  #skipGroup(tag: number, depth: number): void {
    if (depth === GROUP_DEPTH_MAX) throw this.#wrong(`groups are nested more than ${GROUP_DEPTH_MAX} deep`);
    const last = tag - WIRE.group + WIRE.groupEnd;
    for (let inner = this.tag(); inner !== last; inner = this.tag()) this.skip(inner, depth + 1);
  }

  text(): string {
    const length = this.#length();
    const start = this.#take(length);
    return length === 0 ? '' : this.#bytes.toString('utf8', start, start + length);
  }

  /** A text that comes again and again, as attribute names do: the same string is handed out for the same bytes. */
  key(): string {
    const length = this.#length();
    const start = this.#take(length);
    const end = start + length;
    if (length > KEY_LENGTH_MAX) return this.#bytes.toString('utf8', start, end);
    const bytes = this.#bytes;
    const slot = slotOf(length, bytes[start], bytes[start + (length >> 1)], bytes[end - 2], bytes[end - 1]);
    const known = KEYS[slot];
    if (known !== undefined && this.#holds(known, start, length)) return known;
    const key = bytes.toString('utf8', start, end);
    if (key.length === length) KEYS[slot] = key;
    return key;
  }

  #holds(text: string, start: number, length: number): boolean {
    if (text.length !== length) return false;
    const bytes = this.#bytes;
    for (let at = 0; at < length; at++) if (text.charCodeAt(at) !== bytes[start + at]) return false;
    return true;
  }

  hexadecimal(): string {
    const length = this.#length();
    const start = this.#take(length);
    return length === 0 ? '' : this.#bytes.toString('hex', start, start + length);
  }

  base64(): string {
    const length = this.#length();
    const start = this.#take(length);
    return this.#bytes.toString('base64', start, start + length);
  }

  /** Unsigned. */
  fixed32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  bool(): boolean {
    this.#varint();
    return (this.#low | this.#middle | this.#high) !== 0;
  }

  int32(): number {
    this.#varint();
    return this.#low | (this.#middle << 28);
  }

  /** A number where that is exact, else its decimal text. */
  int64(): number | string {
    this.#varint();
    if (this.#high === 0 && this.#middle < 0x200_0000) return this.#middle * SPLIT + this.#low;
    const bits = (BigInt(this.#high) << 56n) | (BigInt(this.#middle) << 28n) | BigInt(this.#low);
    const value = BigInt.asIntN(64, bits);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }

  /** The last varint: bits 0 to 27, 28 to 55, 56 to 63. */
  #low = 0;
  #middle = 0;
  #high = 0;

  #varint(): void {
    this.#low = 0;
    this.#middle = 0;
    this.#high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      const bits = byte & 127;
      if (shift < 28) this.#low |= bits << shift;
      else if (shift < 56) this.#middle |= bits << (shift - 28);
      else this.#high |= bits << (shift - 56);
      if (byte < 128) {
        this.#high &= 255;
        return;
      }
    }
    throw this.#wrong('a varint is longer than 10 bytes');
  }

  #varint32(): number {
    const first = this.#bytes[this.#position] ?? 0;
    if (first < 128 && this.#position < this.#end) {
      this.#position++;
      return first;
    }
    this.#varint();
    if (this.#high !== 0 || this.#middle >= 16) throw this.#wrong('a tag or a length is over 32 bits');
    return this.#middle * SPLIT + this.#low;
  }

  #length(): number {
    const length = this.#varint32();
    if (length > this.#end - this.#position) {
      throw this.#wrong(`${length} bytes are announced, its message has ${this.#end - this.#position} left`);
    }
    return length;
  }

  /** @returns where the bytes start. */
  #take(length: number): number {
    const start = this.#position;
    if (length > this.#end - start) throw this.#wrong('its message ends too early');
    this.#position = start + length;
    return start;
  }

  #wrong(what: string): RangeError {
    return new RangeError(`at byte ${this.#position}: ${what}`);
  }
}

/** Attribute names of one sender differ in length and towards their end. */
function slotOf(length: number, first = 0, middle = 0, last = 0, final = 0): number {
  const hash = Math.imul(length ^ (first << 8), 31) ^ Math.imul(middle, 0x0193) ^ (last << 5) ^ (final << 10);
  return (hash ^ (hash >>> 12)) & (KEY_SLOTS - 1);
}
