import type { KafkaMessage as Fetched, IHeaders } from 'kafkajs';
import { encodeIntakeRecord } from '../../intake/record.ts';
import type { Unreadable } from './dead-letter-topic.ts';
import type { KafkaHeader, KafkaMessage, KafkaPlace } from './message.ts';
import { Packer, packedBytesMost } from './pack.ts';

export type AcceptorParts = {
  /** Durable append; rejects with a `code` of `full` when it has to be tried again. */
  append(record: Uint8Array): Promise<unknown>;
  /** Why a message can't be read; undefined when it can. Not asked where nobody wants to know: it has to be parsed for that. */
  readonly refusal?: (message: KafkaMessage, place: KafkaPlace, receivedAtUs: number) => string | undefined;
  /** Of key, value and headers together; a larger message is only kept by its beginning. In bytes. */
  readonly maxMessageBytes: number;
  readonly nowUs: () => number;
  /** Rejects when the signal aborts. */
  wait(ms: number): Promise<void>;
};

/** Of an intake record, in bytes, before the last message that goes into it. */
const RECORD_BYTES = 4 * 1024 * 1024;
const CUT_VALUE_BYTES = 16 * 1024;
const FULL_WAIT_MS = 250;

/** Takes batches into the intake: packs, appends, waits until that is durable. */
export class Acceptor {
  readonly #parts: AcceptorParts;
  /** Batches that wait because the intake is full. */
  waiting = 0;

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when all messages are durable, with those that `refusal` says can't be read. While the intake is full it waits, and asks `heartbeat`
   * meanwhile, so that the partition stays ours and nothing more of it is fetched. Rejects when the intake fails or `heartbeat` does.
   */
  async accept(
    fetched: readonly Fetched[],
    place: KafkaPlace,
    heartbeat: () => Promise<void>,
  ): Promise<readonly Unreadable[]> {
    const { refusal, maxMessageBytes } = this.#parts;
    const receivedAtUs = this.#parts.nowUs();
    const unreadable: Unreadable[] = [];
    const appends: Promise<void>[] = [];
    let packer = new Packer();
    const flush = (): void => {
      appends.push(this.#append(packer.bytes, { ...place, receivedAtUs }, heartbeat));
      packer = new Packer();
    };
    for (const each of fetched) {
      let message = messageOf(each);
      let size = packedBytesMost(message);
      if (size > maxMessageBytes) {
        message = cut(message);
        size = packedBytesMost(message);
      }
      const reason = refusal?.(message, place, receivedAtUs);
      if (reason !== undefined) unreadable.push({ message, reason });
      packer.add(message, size);
      if (packer.bytes.length >= RECORD_BYTES) flush();
    }
    if (packer.bytes.length > 0) flush();
    const settled = await Promise.allSettled(appends);
    for (const each of settled) if (each.status === 'rejected') throw each.reason;
    return unreadable;
  }

  async #append(
    body: Uint8Array,
    place: KafkaPlace & { readonly receivedAtUs: number },
    heartbeat: () => Promise<void>,
  ): Promise<void> {
    for (;;) {
      try {
        // Encoded for each attempt, since the memory of a record changes hands.
        await this.#parts.append(encodeIntakeRecord({ wire: 'kafka', mode: 'live', ...place }, body));
        return;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'full')) throw error;
      }
      this.waiting++;
      try {
        await this.#parts.wait(FULL_WAIT_MS);
        await heartbeat();
      } finally {
        this.waiting--;
      }
    }
  }
}

/** The beginning of a message that is too large to be kept. */
function cut({ offset, timestampMs, key, value }: KafkaMessage): KafkaMessage {
  const beginning = (bytes: Uint8Array | undefined) => bytes?.subarray(0, CUT_VALUE_BYTES);
  return { offset, timestampMs, key: beginning(key), value: beginning(value), headers: [], isCut: true };
}

function messageOf({ offset, timestamp, key, value, headers }: Fetched): KafkaMessage {
  return {
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key: key ?? undefined,
    value: value ?? undefined,
    headers: headers === undefined ? [] : headersOf(headers),
    isCut: false,
  };
}

function headersOf(headers: IHeaders): KafkaHeader[] {
  const list: KafkaHeader[] = [];
  for (const name in headers) {
    const value = headers[name];
    for (const each of Array.isArray(value) ? value : [value])
      list.push({ name, value: typeof each === 'string' ? Buffer.from(each) : each });
  }
  return list;
}
