import { encodeIntakeRecord } from '../intake/record.ts';
import type { Refused } from './http/refused.ts';
import type { HttpWire, WireRequest } from './http/wire.ts';

/** So much of a body that could not be read is kept. */
const BODY_MAX = 64 * 1024;
const PER_MINUTE = 60;
const MINUTE_US = 60_000_000;
const HEADERS = /^(content-type|traceparent|ce-.*)$/;

/**
 * Keeps bodies that were refused because they could not be read, for a person to look at: at most 60 a minute, so that a sender that sends
 * nothing else does not fill the disk. All of them are counted anyway.
 */
export class RefusedBodies {
  readonly #append: (record: Uint8Array) => Promise<unknown>;
  #minute = 0;
  #kept = 0;

  constructor(append: (record: Uint8Array) => Promise<unknown>) {
    this.#append = append;
  }

  keep(wire: HttpWire, request: WireRequest, refused: Refused): void {
    if (refused.status !== 400 || request.body.length === 0) return;
    const minute = Math.floor(request.receivedAtUs / MINUTE_US);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#kept = 0;
    }
    if (this.#kept >= PER_MINUTE) return;
    this.#kept++;
    const headers = Object.entries(request.headers).filter(([name]) => HEADERS.test(name));
    const record = encodeIntakeRecord(
      {
        wire: 'refused',
        name: wire.name,
        reason: refused.message,
        method: request.method,
        path: request.path,
        query: request.query,
        headers: Object.fromEntries(headers),
        cut: request.body.length > BODY_MAX,
        receivedAtUs: request.receivedAtUs,
        mode: 'live',
      },
      request.body.subarray(0, BODY_MAX),
    );
    // The sender has its answer, and where the log is full or away there are better things to keep.
    this.#append(record).catch(() => undefined);
  }
}
