import type { KafkaHeader, KafkaMessage } from './message.ts';

/**
 * Messages as the body of an intake record, one after the other, little-endian:
 *
 *     f64 offset, f64 timestamp, u8 flags (1: cut), i32 key length, i32 value length (-1: none), u32 headers,
 *     key, value, headers as (u32 name length, i32 value length, name, value)
 */
const FIXED_BYTES = 29;
const HEADER_FIXED_BYTES = 8;
const CUT = 1;
const FIRST_BYTES = 64 * 1024;
const NONE = -1;

/** Packs messages one after the other into memory that grows with them. */
export class Packer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  /** Those that were added; a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** @param size of {@link packedBytesMost}. */
  add(message: KafkaMessage, size: number): void {
    if (this.#at + size > this.#bytes.length) this.#grow(this.#at + size);
    this.#at = writeMessage(this.#bytes, this.#at, message);
  }

  #grow(least: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(least, this.#bytes.length * 2));
    this.#bytes.copy(bytes, 0, 0, this.#at);
    this.#bytes = bytes;
  }
}

/** What a message takes when packed, in bytes, at most: characters of headers' names count as three. */
export function packedBytesMost({ key, value, headers }: KafkaMessage): number {
  let size = FIXED_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers)
    size += HEADER_FIXED_BYTES + 3 * header.name.length + (header.value?.length ?? 0);
  return size;
}

function writeMessage(bytes: Buffer, start: number, message: KafkaMessage): number {
  const { key, value, headers } = message;
  let at = bytes.writeDoubleLE(message.offset, start);
  at = bytes.writeDoubleLE(message.timestampMs, at);
  at = bytes.writeUInt8(message.isCut ? CUT : 0, at);
  at = bytes.writeInt32LE(key?.length ?? NONE, at);
  at = bytes.writeInt32LE(value?.length ?? NONE, at);
  at = bytes.writeUInt32LE(headers.length, at);
  at = writeBytes(bytes, at, key);
  at = writeBytes(bytes, at, value);
  for (const header of headers) {
    const nameAt = at + HEADER_FIXED_BYTES;
    const nameBytes = bytes.write(header.name, nameAt);
    bytes.writeUInt32LE(nameBytes, at);
    bytes.writeInt32LE(header.value?.length ?? NONE, at + 4);
    at = writeBytes(bytes, nameAt + nameBytes, header.value);
  }
  return at;
}

function writeBytes(bytes: Buffer, at: number, value: Uint8Array | undefined): number {
  if (value === undefined) return at;
  bytes.set(value, at);
  return at + value.length;
}

/** The messages one after the other; keys and values are views. @throws RangeError where the body is cut or broken. */
export function* unpackMessages(body: Uint8Array): Generator<KafkaMessage> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const reader = new PackReader(bytes);
  while (reader.at < bytes.length) yield reader.message();
}

class PackReader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  message(): KafkaMessage {
    const bytes = this.#bytes;
    const at = this.at;
    const offset = bytes.readDoubleLE(at);
    const timestampMs = bytes.readDoubleLE(at + 8);
    const isCut = (bytes.readUInt8(at + 16) & CUT) !== 0;
    const keyLength = bytes.readInt32LE(at + 17);
    const valueLength = bytes.readInt32LE(at + 21);
    const headerCount = bytes.readUInt32LE(at + 25);
    this.at = at + FIXED_BYTES;
    const key = this.#take(keyLength);
    const value = this.#take(valueLength);
    const headers: KafkaHeader[] = [];
    for (let i = 0; i < headerCount; i++) headers.push(this.#header());
    return { offset, timestampMs, key, value, headers, isCut };
  }

  #header(): KafkaHeader {
    const nameLength = this.#bytes.readUInt32LE(this.at);
    const valueLength = this.#bytes.readInt32LE(this.at + 4);
    this.at += HEADER_FIXED_BYTES;
    const name = this.#take(nameLength);
    return { name: name?.toString('utf8') ?? '', value: this.#take(valueLength) };
  }

  #take(length: number): Buffer | undefined {
    if (length === NONE) return undefined;
    const end = this.at + length;
    if (length < 0 || end > this.#bytes.length) throw new RangeError(`a message ends after the record's end`);
    const part = this.#bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
}
